"""Settings that a service does not take are refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.services import Services

if TYPE_CHECKING:
    from lion_tui.core.inference import Service

EVERY: list[Service] = [Services.OpenAI(), Services.Anthropic(), Services.Local(), Services.Scripted("Hi")]


def test_a_provider_without_a_seed_says_so() -> None:
    with pytest.raises(UnknownParameter, match=r"Anthropic takes no seed\. Leave the seed out\."):
        Services.Anthropic().check({"seed": 0})
    Services.Anthropic().check({"seed": None, "temperature": 1})
    Services.OpenAI().check({"seed": 0})


@pytest.mark.parametrize("service", EVERY, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("params", "kind"),
    [({"temprature": 1}, UnknownParameter), ({"top_p": 2}, UsageError), ({"max_tokens": 0}, UsageError)],
)
def test_every_service_refuses_what_cannot_be(service: Service, params: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        service.check(params)
    service.check({"max_token": 3, "stop": ["."]})
