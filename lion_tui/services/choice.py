"""Which service answers: what was asked for, what is configured, what there is a key for, what runs here."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final

from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import ServiceChoiceError, ServiceError, UsageError
from lion_tui.services.factory import Services, remote
from lion_tui.services.provider import PROVIDERS, Provider, compatible, speaking

if TYPE_CHECKING:
    from lion_tui.config.settings import Settings
    from lion_tui.core.inference import Service

_PROBE_S: Final = 0.3
_REMEDY: Final = "Name one (in the shell: `--service NAME`), or set `service` in the configuration."


def settings_to_ask_by() -> tuple[Settings, list[str]]:
    """Return the settings, and what in them is not understood.

    Whatever a call names, they may say more of it: an address, a model, a budget. Nobody is asked without them.

    Raises:
        ServiceChoiceError: the file cannot be read.
    """
    from lion_tui.config.settings import SettingsUnread, read_settings

    try:
        return read_settings()
    except SettingsUnread as unread:
        remedy = "It says who answers: correct it, or move it away, and ask again."
        raise ServiceChoiceError(str(unread), remedy) from unread


def service_names(settings: Settings) -> list[str]:
    """Return the names of all services that can be asked for."""
    return [*PROVIDERS, *_own(settings), EMBEDDED]


def offered(settings: Settings) -> list[str]:
    """Return the names of all services, those first that are likely to answer.

    These are the user's own servers, what there is a key for in the environment, the embedded model, and what may run
    on this machine. Keys in a keyring or behind a command are not looked for: that may take its time.
    """
    names = service_names(settings)
    keyed = [name for name in PROVIDERS if os.environ.get(PROVIDERS[name].key_variable)]
    local = [name for name, row in PROVIDERS.items() if row.local]
    return list(dict.fromkeys([*settings.services, *keyed, EMBEDDED, *local, *names]))


def service_title(name: str) -> str:
    """Return the name of a service as the screen shows it."""
    return "Embedded" if name == EMBEDDED else PROVIDERS[name].title if name in PROVIDERS else name


def service_named(name: str, settings: Settings) -> Service:
    """Return a new service of that name, as configured. Who keeps it shares its budget and its connections.

    The model of the embedded one is a GGUF file.

    Raises:
        ServiceChoiceError: there is none of that name, or its configuration lacks an address.
        UsageError: its configuration has a header that HTTP cannot carry.
    """
    from lion_tui.config.settings import ServiceSettings

    own = settings.services.get(name) or ServiceSettings()
    model = own.model or (settings.model if name == settings.service else None)
    limits: dict[str, Any] = {
        "timeout": own.timeout,
        "max_requests": own.max_requests,
        "max_tokens": own.max_tokens,
        "interval": own.interval,
        "max_concurrent": own.max_concurrent,
    }
    if name == EMBEDDED:
        return Services.Local(model, **limits)
    access: dict[str, Any] = {"base_url": own.base_url, "headers": own.headers, "api_key_cmd": own.api_key_cmd}
    return remote(_row(name, settings), model=model, **access, **limits)


def choose_now(name: str | None, *, settings: Settings) -> Service:
    """Return the service called `name`, else the configured one, else the one with a key, else the embedded model.

    Raises:
        ServiceChoiceError: there is none of that name, or there are several keys and nothing says which is meant.
    """
    chosen = name or settings.service or _only_key(settings)
    return service_named(chosen or EMBEDDED, settings)


async def choose(name: str | None, *, settings: Settings, probe_local: bool) -> Service:
    """Return what `choose_now` does; with `probe_local`, a server on this machine goes before the embedded model.

    Raises:
        ServiceChoiceError: as `choose_now`.
    """
    if probe_local and not (name or settings.service or _only_key(settings)):
        # Loading the HTTP library is not part of the time that a server has.
        await asyncio.to_thread(__import__, "httpx")
        found = await asyncio.gather(*(_probe(each, settings) for each in _nearby(settings)))
        services = [service for service in found if service is not None]
        for service in services[1:]:
            await service.aclose()
        if services:
            return services[0]
    return choose_now(name, settings=settings)


def _row(name: str, settings: Settings) -> Provider:
    own = settings.services.get(name)
    if name in PROVIDERS:
        row = PROVIDERS[name]
        return speaking(row, own.wire) if own and own.wire else row
    if own is None:
        raise ServiceChoiceError(
            f"There is no service {name!r}.",
            f"The services are {', '.join(service_names(settings))}; more go into the configuration,"
            f" as [services.{name}] with a base_url.",
        )
    if not own.base_url:
        raise ServiceChoiceError(f"The service {name!r} has no address.", f"Set base_url in [services.{name}].")
    return compatible(name, own.base_url, own.wire or "chat")


def _only_key(settings: Settings) -> str | None:
    """Return the one service that there is a key for, or None without any.

    Raises:
        ServiceChoiceError: there are several.
    """
    rows = {**PROVIDERS, **{name: compatible(name, "") for name in _own(settings)}}
    keyed = [
        name
        for name, row in rows.items()
        if os.environ.get(row.key_variable) or (name in settings.services and settings.services[name].api_key_cmd)
    ]
    if len(keyed) > 1:
        raise ServiceChoiceError(f"There are keys for several services: {', '.join(keyed)}.", _REMEDY)
    return keyed[0] if keyed else None


def _nearby(settings: Settings) -> list[str]:
    own = [name for name, each in settings.services.items() if each.base_url and name != EMBEDDED]
    return own + [name for name, row in PROVIDERS.items() if row.local and name not in own]


def _own(settings: Settings) -> list[str]:
    """Return the names of the services that only the configuration knows."""
    return [name for name in settings.services if name not in PROVIDERS and name != EMBEDDED]


async def _probe(name: str, settings: Settings) -> Service | None:
    """Return the service if it lists a model in time. One that does not is not there: that is no error."""
    try:
        service = service_named(name, settings)
    except UsageError:
        return None
    try:
        async with asyncio.timeout(_PROBE_S):
            if await service.models():
                return service
    except (TimeoutError, ServiceError, UsageError):
        pass
    await service.aclose()
    return None
