"""A session, or some of it, in the forms of other programs: to be read, drawn, or learnt from, and not to come back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from lion_tui.core.errors import UsageError
from lion_tui.storage.lines import write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lion_tui.core.excerpt import Excerpt

Form: TypeAlias = Literal["md", "html", "outline", "mermaid", "openai", "sharegpt"]

FORMS: Final[tuple[Form, ...]] = get_args(Form)
DRAWN: Final[frozenset[Form]] = frozenset({"outline", "mermaid"})
"""Forms that show how branches part: of one branch they say little."""
_BY_SUFFIX: Final[dict[str, Form]] = {
    ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".txt": "outline", ".mmd": "mermaid",
    ".mermaid": "mermaid", ".jsonl": "openai",
}  # fmt: skip
_HOMES: Final[dict[Form, tuple[str, str]]] = {
    "md": ("markdown", "markdown"),
    "html": ("html", "html"),
    "outline": ("outline", "outline"),
    "mermaid": ("mermaid", "mermaid"),
    "openai": ("training", "openai"),
    "sharegpt": ("training", "sharegpt"),
}


def says_form(path: Path) -> bool:
    """Tell whether the name of a file says in which form it is."""
    return path.suffix.lower() in _BY_SUFFIX


def checked_form(path: Path | None, form: str | None) -> Form:
    """Return the form of an export.

    Args:
        path: Where it goes; None if that says nothing.
        form: What is asked for; None leaves it to the name of the file.

    Raises:
        UsageError: there is no such form, or the name says none.
    """
    if form is not None:
        for known in FORMS:
            if known == form:
                return known
        raise UsageError(f"There is no form {form!r}.", f"The forms are {', '.join(FORMS)}.")
    if path is None:
        return "md"
    if (found := _BY_SUFFIX.get(path.suffix.lower())) is None:
        raise UsageError(f"The name {path.name} says no form.", f"Let it end in {', '.join(_BY_SUFFIX)}.")
    return found


def exported(excerpt: Excerpt, form: Form) -> Iterator[str]:
    """Yield an excerpt in a form, piece by piece."""
    module, name = _HOMES[form]
    export: Callable[[Excerpt], Iterator[str]] = getattr(import_module(f"{__name__}.{module}"), name)
    return export(excerpt)


def write_export(path: Path, excerpt: Excerpt, form: Form, *, overwrite: bool = False) -> None:
    """Write an excerpt in a form to a file, durably.

    Raises:
        SaveFailed: the operating system refused, or there is such a file; it is as it was.
    """
    write_lines(path, exported(excerpt, form), overwrite=overwrite)
