"""What the status line and the line of keys say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.status_line import Place
from lion_tui.config.paths import sessions_dir
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError
from lion_tui.core.operations.replaying import progress
from lion_tui.core.titles import derived_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lion_tui.core.path_figures import PathFigures
    from lion_tui.core.state import QueuedPrompt
    from lion_tui.session import Session

_SHOWN_PROMPTS = 3
_PROMPT_WIDTH = 60


def name_of(session: Session, file: Path) -> str:
    """Return what a session is called: its title, else its file's name, or its first words if that was made up."""
    if session.title or file.parent != sessions_dir():
        return session.title or file.stem
    return derived_title(session.state.tree) or "untitled"


def facts(
    session: Session, figures: PathFigures, file: Path, window: Callable[[], int | None], *, read_only: bool
) -> tuple[str | Place, ...]:
    """Return where one is, who answers, how much there is, and what is going on.

    Args:
        session: The session.
        figures: Those of its current path.
        file: Its file.
        window: Returns how many tokens the model that answers can read, if that is known.
        read_only: Whether it is only read.
    """
    figures.move(session.state.head_row(session.state.current))
    place = Place(name_of(session, file), session.current.name)
    shown: list[str | Place] = [place, _who(session), _size(figures, window)]
    streaming = len(session.streaming)
    if streaming:
        replay = progress(session.state, session.state.head_row(session.state.current))
        shown.append(f"replaying {replay[0]} of {replay[1]}" if replay else f"streaming {streaming}")
    if session.fault:  # in front, where no narrow screen cuts it
        safe = "Safe in its journal, but " if session.saved else ""
        shown.insert(0, f"{safe}{session.fault.what} /save keeps it elsewhere.")
    elif read_only:
        shown.append("read only")
    elif len(session.state.tree) and not streaming:
        shown.append("saved" if session.saved else "unsaved")
    return tuple(shown)


def _size(figures: PathFigures, window: Callable[[], int | None]) -> str:
    facts = [counted(figures.messages, "msg")]
    if figures.context_tokens:
        available = window()
        about = "~" if figures.estimated else ""
        facts.append(f"{about}{_short(figures.context_tokens)}{f'/{rounded(available)}' if available else ''} ctx")
    facts.append("–" if figures.cost_usd is None else f"${figures.cost_usd:.4f}")
    return " · ".join(facts)


def _who(session: Session) -> str:
    try:
        service, model = session.answerer()
    except LionError:
        return "no service"
    return f"{service.name} · {model}"


def _short(number: int) -> str:
    return f"{number / 1000:.1f}k" if number >= 1000 else str(number)


def rounded(tokens: int) -> str:
    """Return how large a model's window is: `128k`."""
    if tokens >= 1_000_000:
        return f"{tokens / 1e6:.1f}".removesuffix(".0") + "M"
    unit = 1024 if tokens % 1000 and not tokens % 1024 else 1000
    return f"{tokens / unit:.0f}k" if tokens >= unit else str(tokens)


def waiting(prompts: Sequence[QueuedPrompt], *, held: bool) -> str:
    """Return what is said of the prompts that wait on a branch; `held` if an answer must be asked for by hand."""
    word, key = ("held", " · enter sends it") if held else ("waits", "")
    lines = [f"┊ {word}: {clip(prompt.text, _PROMPT_WIDTH)}" for prompt in prompts[:_SHOWN_PROMPTS]]
    lines[:1] = [line + key for line in lines[:1]]
    if len(prompts) > _SHOWN_PROMPTS:
        lines.append(f"┊ and {len(prompts) - _SHOWN_PROMPTS} more")
    return "\n".join(lines)


def hints(where: str, *, streaming: bool, fetches: bool) -> tuple[tuple[str, str], ...]:
    """Return the keys that matter in a place, as ids of commands in braces, and what they do.

    Args:
        where: `composer`, also with a `revision` in it, `chat`, also an `empty` one, one of the compared `columns`,
            also with `differences` or `blind`, `tree`, `find`, `cut`, or `hits` in a chat with some.
        streaming: Whether an answer can be stopped.
        fetches: Whether the wait for the embedded model can be skipped.
    """
    browse, write, last = ("{stop}", "browse"), ("{compose}", "compose"), ("{help}", "all keys")
    stop = ("{stop}", "stop")
    match where:
        case "chat":
            others = stop if streaming else ("{previous-sibling} {next-sibling}", "others")
            often = (("{checkout}", "go on"), ("{fork}", "fork"), ("{regenerate}", "again"), ("{fan}", "ask several"))
            more = (("{cut}", "cut"), ("{merge}", "merge"), ("{compare}", "compare"))
            return (*often, others, write, *more, last)
        case "empty":
            return (write, ("{back}", "back"), ("{tree}", "tree"), last)
        case "columns" | "differences":
            compared = where == "differences"
            diff = stop if streaming else ("{diff-unit}", "words, lines") if compared else ("{diff}", "diff")
            best = (("{digit-1}-{digit-9}", "vote"), ("{blind}", "blind"), ("{merge}", "merge"))
            wide = (("{pick}", "pick"), write, ("{target}", "write to"), ("{fork}", "fork"))
            return (("h l", "columns"), diff, *best, ("{compare}", "end"), *wide, last)
        case "blind":
            votes = (("{digit-1}-{digit-9}", "vote"), ("{digit-0}", "tie"), ("{both-bad}", "none is good"))
            begin = stop if streaming else ("h l", "columns")
            return (begin, *votes, ("{blind}", "tell"), write, last)
        case "tree":
            end = (("{previous-branch}", "previous"), ("{stop}", "back"), last)
            return (("{checkout}", "check out"), ("{fork}", "fork"), ("{compare}", "compare"), *end)
        case "hits":
            first = (("{next-hit} {previous-hit}", "other hits"), ("{stop}", "end search"))
            return (*first, ("{checkout}", "go on"), write, last)
        case "cut":
            places = (("h l", "words"), ("j k", "lines"))
            return (*places, ("enter", "cut, go on"), ("esc", "leave"), ("e", "only cut"), last)
        case "revision":
            return (("{send}", "done"), ("{newline}", "newline"), ("{stop}", "leave"), last)
        case "find":
            return (("enter", "keep"), ("↓ ↑", "other hits"), ("{stop}", "back"), last)
        case _:
            leave = stop if streaming else ("{stop}", "skip") if fetches else browse
            return (
                ("{send}", "send"),
                ("{newline}", "newline"),
                leave,
                ("{tree}", "tree"),
                ("{palette}", "commands"),
                ("{stop} {fan}", "ask several"),
                last,
            )
