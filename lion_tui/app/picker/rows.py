"""The lines of the list: recents, then each service with its models; or what a filter finds, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from lion_tui.app.picker.matching import match
from lion_tui.core.inference import ModelInfo
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lion_tui.app.picker.offers import Offer
    from lion_tui.app.picker.recents import Recent

_SHOWN_RECENTS: Final = 5
_SHOWN_MODELS: Final = 8
"""How many models of a service are shown before it is unfolded; one more is shown in place of "1 more"."""
_FOUND: Final = 300
_RECENT_BONUS: Final = 12
_SERVICE_BONUS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line of the list.

    Attributes:
        kind: A heading, a service, a model, or the models that are folded away.
        text: What it says, fit for the screen.
        offer: The service that it is about; a heading has none.
        model: The model that it is about.
        recent: Whether it stands among the recents.
        places: Which characters of the text a filter found.
    """

    kind: Literal["heading", "service", "model", "more"]
    text: str
    offer: Offer | None = None
    model: ModelInfo | None = None
    recent: bool = False
    places: tuple[int, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str, bool]:
        """What stays the same when the list is made anew."""
        return (self.kind, self.offer.name if self.offer else "", self.model.id if self.model else "", self.recent)


def all_rows(offers: Sequence[Offer], recents: Sequence[Recent], unfolded: Collection[str]) -> list[Row]:
    """Return the lines without a filter.

    Args:
        offers: The services.
        recents: The models that were chosen last.
        unfolded: The names of the services whose models are all shown.
    """
    rows = list(_recent_rows(offers, recents))[:_SHOWN_RECENTS]
    if rows:
        rows = [Row("heading", "Recent"), *rows, Row("heading", "")]
    for offer in offers:
        rows.append(Row("service", _line(offer.title), offer))
        folds = offer.name not in unfolded and len(offer.models) > _SHOWN_MODELS + 1
        shown = offer.models[:_SHOWN_MODELS] if folds else offer.models
        rows += [Row("model", _line(model.id), offer, model) for model in shown]
        if folds:
            rows.append(Row("more", f"┊ {len(offer.models) - len(shown)} more", offer))
    return rows


def found_rows(offers: Sequence[Offer], recents: Sequence[Recent], query: str) -> list[Row]:
    """Return what a filter finds among services and models, the best first."""
    chosen = {(row.offer, row.model.id) for row in _recent_rows(offers, recents) if row.model}
    found: list[tuple[int, Row]] = []
    for offer in offers:
        title = _line(offer.title)
        if hit := match(query, title):
            found.append((hit.score + _SERVICE_BONUS, Row("service", title, offer, places=hit.places)))
        listed = {model.id for model in offer.models}
        others = [ModelInfo(name) for of, name in chosen if of is offer and name not in listed]
        for model in (*offer.models, *others):
            text = f"{_line(model.id)} · {title}"
            if hit := match(query, text):
                bonus = _RECENT_BONUS if (offer, model.id) in chosen else 0
                found.append((hit.score + bonus, Row("model", text, offer, model, places=hit.places)))
    # The shorter of two that fit alike is closer to what was written.
    found.sort(key=lambda each: (-each[0], len(each[1].text)))
    return [row for _, row in found[:_FOUND]]


def _recent_rows(offers: Sequence[Offer], recents: Sequence[Recent]) -> Iterator[Row]:
    known = {offer.name: offer for offer in offers}
    for recent in recents:
        if offer := known.get(recent.service):
            listed = next((model for model in offer.models if model.id == recent.model), None)
            model = listed or ModelInfo(recent.model)
            yield Row("model", f"{_line(model.id)} · {_line(offer.title)}", offer, model, recent=True)


def _line(text: str) -> str:
    return " ".join(printable(text).split())
