"""Whom one prompt is put to at once: what is marked, what can be, and what it will take."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from lion_tui.app.picker.choices import price
from lion_tui.app.picker.matching import match
from lion_tui.app.picker.recents import Recent
from lion_tui.app.widgets.entries import Entry
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.app.picker.offers import Offer
    from lion_tui.app.picker.teams import Teams
    from lion_tui.core.inference import Estimated, ModelInfo
    from lion_tui.session import Branch, Session

_Mark = TypeVar("_Mark")

MOST: Final = 24
"""Answers that are asked for at once from the screen."""
_FOUND: Final = 300
_SHOWN_MODELS: Final = 8


class Asked(NamedTuple):
    """Whom a prompt is put to.

    Attributes:
        models: The models, none for who answers there.
        samples: How many answers of each.
        branches: The names of the branches that it is asked on; none for the current one.
    """

    models: tuple[Recent, ...]
    samples: int
    branches: tuple[str, ...]

    @property
    def answers(self) -> int:
        """How many answers come."""
        return max(1, len(self.models)) * self.samples * max(1, len(self.branches))


class Together:
    """What is marked among what can be asked.

    Attributes:
        samples: How many answers each gives: two of a single model, else one, until the user says how many.
    """

    def __init__(
        self,
        session: Session,
        offers: Sequence[Offer],
        recents: Sequence[Recent],
        teams: Teams,
        current: Recent | None,
    ) -> None:
        """Begin with those marked that were asked together last, else who answers now and the last other one."""
        self._session = session
        self._offers = offers
        self._recents = [recent for recent in recents if recent.service in {offer.name for offer in offers}]
        self.teams = teams
        self._current = current
        others = [recent for recent in self._recents if recent != current]
        usual = [*([current] if current else []), *others[:1]]
        self.models: list[Recent] = list(teams.last or usual)
        self.branches: list[str] = []
        self._wanted: int | None = None
        self._estimates: dict[tuple[str, Recent, str], Estimated] = {}  # of a long path, each takes its time
        self._count()

    @property
    def asked(self) -> Asked:
        """Whom the prompt is put to as it is marked now."""
        return Asked(tuple(self.models), self.samples, tuple(self.branches))

    def toggle(self, key: str) -> None:
        """Mark what a line stands for, or no longer; a team marks its models and no others."""
        kind, _, name = key.partition(":")
        if kind == "team":
            self.models = list(self.teams.teams[name])
        elif kind == "branch":
            self.branches = _toggled(self.branches, name)
        else:
            service, _, model = name.partition(":")
            self.models = _toggled(self.models, Recent(service, model))
        self._count()

    def want_samples(self, samples: int) -> None:
        """Have each give so many answers, or as many as there may be."""
        self._wanted = samples
        self._count()

    def _count(self) -> None:
        usual = 1 if len(self.models) > 1 or self.branches else 2
        most = MOST // max(1, len(self.models) * max(1, len(self.branches)))
        self.samples = max(1, min(most, self._wanted or usual))

    # What can be asked

    def entries(self, query: str) -> list[Entry]:
        """Return the lines: what is marked, then teams, models and branches; or what a filter finds, the best first."""
        by_key: dict[str, Entry] = {}
        for entry in (*self._marked(), *self._teams(), *self._others(everything=bool(query)), *self._branches()):
            by_key.setdefault(entry.key, entry)
        lines = list(by_key.values())
        if not query:
            return lines
        scored = [(hit.score, entry) for entry in lines if (hit := match(query, entry.text))]
        return [entry for _, entry in sorted(scored, key=lambda each: -each[0])][:_FOUND]

    def _marked(self) -> Iterator[Entry]:
        for model in self.models:
            yield self._model(model)
        for name in self.branches:
            yield self._branch(name)

    def _teams(self) -> Iterator[Entry]:
        for name, models in self.teams.teams.items():
            yield Entry(f"team:{name}", f"[team] {name}: {', '.join(_line(model.model) for model in models)}")

    def _others(self, *, everything: bool) -> Iterator[Entry]:
        for recent in self._recents:
            yield self._model(recent)
        for offer in self._offers:
            shown = offer.models if everything else offer.models[:_SHOWN_MODELS]
            yield from (self._model(Recent(offer.name, model.id)) for model in shown)
            if offer.fault is None and not offer.models and offer.service and offer.service.default_model:
                yield self._model(Recent(offer.name, offer.service.default_model))

    def _branches(self) -> Iterator[Entry]:
        current = self._session.state.current.branch_id
        for name, branch in self._session.branches.items():
            if branch.branch_id != current and not branch.archived:
                yield self._branch(name)

    def _model(self, model: Recent) -> Entry:
        offer = next((each for each in self._offers if each.name == model.service), None)
        mark = "[x]" if model in self.models else "[ ]"
        info = self.info(model)
        right = price(info) if info else ""
        if offer is not None and offer.fault is not None:
            right = offer.health
        title = offer.title if offer else model.service
        return Entry(f"model:{model.service}:{model.model}", f"{mark} {_line(model.model)} · {_line(title)}", right)

    def _branch(self, name: str) -> Entry:
        mark = "[x]" if name in self.branches else "[ ]"
        return Entry(f"branch:{name}", f"{mark} ⎇ {_line(name)}", "branch")

    def info(self, model: Recent) -> ModelInfo | None:
        """Return what its service says of a model; None as long as it does not."""
        for offer in self._offers:
            if offer.name == model.service:
                return next((each for each in offer.models if each.id == model.model), None)
        return None

    # What it takes

    def said(self, prompt: str, at: Branch | None) -> str:
        """Return how many requests it is and what they cost at listed prices: reading the prompt, then writing.

        Args:
            prompt: What is asked; empty if it is there already.
            at: Where it is asked if no branches are marked; None for what is current.
        """
        asked = self.asked
        reads, writes, unknown = 0.0, 0.0, 0
        tokens = 0
        for branch in asked.branches or (at,):
            for model in asked.models or ((self._current,) if self._current else ()):
                least, per_thousand, read = self._cost(prompt, model, branch)
                tokens += read * asked.samples
                if least is None or per_thousand is None:
                    unknown += asked.samples
                else:
                    reads, writes = reads + least * asked.samples, writes + per_thousand * asked.samples
        count = f"{counted(asked.answers, 'request')} · about {tokens:,} tokens to read"
        priced = asked.answers - unknown
        if not priced:
            return f"{count} · –"
        cost = f"${reads:.4f}, and ${writes:.4f} if each writes 1,000"
        return f"{count} · {cost}" + (f" · {unknown} without a price" if unknown else "")

    def _cost(self, prompt: str, model: Recent, branch: Branch | str | None) -> tuple[float | None, float | None, int]:
        """Return what reading costs, what a thousand tokens of the answer cost, and how many are read."""
        key = prompt, model, branch if isinstance(branch, str) else ""
        if key not in self._estimates:
            with suppress(LionError):  # who cannot be asked says so when it is
                self._estimates[key] = self._session.estimate(prompt, branch, service=model.service, model=model.model)
        if (estimated := self._estimates.get(key)) is None:
            return None, None, 0
        info = self.info(model)
        written = None if info is None or info.price_out is None else info.price_out / 1000
        return estimated.cost(info)[0], written, estimated.tokens_in


def _toggled(marked: list[_Mark], each: _Mark) -> list[_Mark]:
    return [other for other in marked if other != each] if each in marked else [*marked, each]


def _line(text: str) -> str:
    return " ".join(printable(text).split())
