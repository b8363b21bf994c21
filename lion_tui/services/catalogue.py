"""Lists of models, as each service writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.inference import ModelInfo
from lion_tui.services.wire import amount, count, mapping

if TYPE_CHECKING:
    from lion_tui.core.inference import Usage
    from lion_tui.core.message import Json

_CONTEXT = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
)


def read_models(body: Json) -> list[ModelInfo] | None:
    """Return the models of the answer to `GET /models`; None if it is no such list."""
    rows = mapping(body).get("data") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        return None
    models = (_model(mapping(row)) for row in rows)
    return [model for model in models if model is not None]


def priced(usage: Usage, model: ModelInfo | None) -> float | None:
    """Return the cost in US dollars by the list; None where it cannot be told.

    Tokens from a cache are cheaper than listed, so an answer that used some has no price here.
    """
    if model is None or model.price_in is None or model.price_out is None or usage.tokens_cached:
        return None
    if usage.tokens_in is None or usage.tokens_out is None:
        return None
    return amount((usage.tokens_in * model.price_in + usage.tokens_out * model.price_out) / 1e6)


def _model(row: dict[str, Json]) -> ModelInfo | None:
    name = row.get("id") or row.get("name")
    if not isinstance(name, str) or not name:
        return None
    price_in, price_out = _prices(mapping(row.get("pricing")))
    owner = row.get("owned_by")
    return ModelInfo(
        name.removeprefix("models/"), _context(row), price_in, price_out, owner if isinstance(owner, str) else None
    )


def _context(row: dict[str, Json]) -> int | None:
    meta = mapping(row.get("meta"))
    sizes = [row.get(name) for name in _CONTEXT] + [meta.get("n_ctx"), meta.get("n_ctx_train")]
    return next((size for size in map(count, sizes) if size), None)


def _prices(pricing: dict[str, Json]) -> tuple[float | None, float | None]:
    """Return US dollars per million tokens: OpenRouter writes them per token and as text, Together per million."""
    if "prompt" in pricing:
        return _per_million(pricing.get("prompt")), _per_million(pricing.get("completion"))
    return amount(pricing.get("input")), amount(pricing.get("output"))


def _per_million(price: Json) -> float | None:
    try:
        number = amount(float(price)) if isinstance(price, (str, int, float)) else None
    except (ValueError, OverflowError):
        return None
    # Rounded, because a price such as 0.00000015 has no exact binary form.
    return None if number is None else amount(round(number * 1e6, 9))
