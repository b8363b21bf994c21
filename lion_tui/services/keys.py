"""Where a key comes from: an argument, the environment, the system's keyring, a command. It never shows itself."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

from lion_tui.core.errors import KeyMissing

if TYPE_CHECKING:
    from lion_tui.services.provider import Provider

KEYRING_SERVICE = "lion-tui"
"""Under which name the keyring holds keys; the user name is the key's environment variable."""

_COMMAND_PATIENCE_S = 60


class KeySource:
    """Finds the key of one service when the first request needs it."""

    def __init__(self, provider: Provider, given: str | None = None, command: str | None = None) -> None:
        """Look for the key of `provider`: `given`, else the environment, the keyring, the output of `command`."""
        self._provider = provider
        self._given = given
        self._command = command
        self._found: str | None = None

    def __repr__(self) -> str:
        return f"KeySource({self._provider.name!r})"

    async def find(self) -> str | None:
        """Return the key; None if there is none and the service can do without.

        Raises:
            KeyMissing: there is none, or it cannot be a key.
        """
        row = self._provider
        key = self._given or os.environ.get(row.key_variable) or self._found
        if not key:
            # Keyrings and commands ask the user, the disk, the network: not on the event loop.
            key = self._found = await asyncio.to_thread(self._search)
        if not key:
            if not row.needs_key:
                return None
            raise KeyMissing(
                f"{row.title} needs a key and none was found.", f"Set {row.key_variable}.", service=row.name
            )
        key = key.strip()
        # A line break or a letter beyond ASCII would end up, with the key, in the HTTP library's complaint.
        if not re.fullmatch(r"[!-~]+", key):
            raise KeyMissing(
                f"The key for {row.title} holds characters that no key has.",
                f"Set {row.key_variable} to the key alone.",
                service=row.name,
            )
        return key

    def forget(self) -> None:
        """Look again next time: what the keyring or the command gave was refused."""
        self._found = None

    def _search(self) -> str | None:
        return _from_keyring(self._provider.key_variable) or (self._command and self._run(self._command)) or None

    def _run(self, command: str) -> str:
        row = self._provider
        remedy = f"Correct api_key_cmd of [services.{row.name}] in the configuration."
        try:
            done = subprocess.run(  # noqa: S603 - the user's own configuration names it
                shlex.split(command),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_COMMAND_PATIENCE_S,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            reason = "took too long" if isinstance(error, subprocess.TimeoutExpired) else f"cannot be run: {error}"
            # The exception of a timeout holds what the command printed: the key, perhaps.
            raise KeyMissing(f"The key command for {row.title} {reason}.", remedy, service=row.name) from None
        if done.returncode != 0 or not done.stdout.strip():
            what = f"ended with status {done.returncode}" if done.returncode else "printed nothing"
            raise KeyMissing(f"The key command for {row.title} {what}.", remedy, service=row.name)
        return done.stdout.strip()


def can_keep_keys() -> bool:
    """Tell whether the keyring package is installed."""
    return importlib.util.find_spec("keyring") is not None


def keep_key(provider: Provider, key: str) -> bool:
    """Put a key into the system's keyring, where `KeySource` finds it; it may block, and ask the user.

    Returns:
        Whether it is kept; without the keyring package, or with a keyring that refuses, it is not.
    """
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return False
    try:
        keyring.set_password(KEYRING_SERVICE, provider.key_variable, key)
    except keyring.errors.KeyringError:  # none runs here, or it stays locked: the answer is no
        return False
    return True


def _from_keyring(variable: str) -> str | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:  # an optional extra
        return None
    try:
        key: str | None = keyring.get_password(KEYRING_SERVICE, variable)
    except keyring.errors.KeyringError:  # no keyring runs here, or it stays locked: the next source is asked
        return None
    return key
