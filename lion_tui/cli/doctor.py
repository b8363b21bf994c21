"""`lion-tui doctor`: what the terminal and this machine let the program do."""

from __future__ import annotations

import os
import sys

import click

from lion_tui.cli import terminal


@click.command(
    epilog="\b\nExamples:\n  lion-tui doctor\n  lion-tui doctor | less\n"
    "  lion-tui doctor --json | jq -r 'select(.advice != \"\") | .advice'"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each thing that is known.")
@click.pass_context
def doctor(context: click.Context, /, as_json: bool) -> None:
    """Show which keys arrive, and what the terminal and this machine let the program do.

    On a terminal it is a screen: each key that is pressed is shown as it arrives, c tries the clipboard, b the bell, n
    notices. Else it is text: what has a ! before it could be better, and it is said how. No key to a service is ever
    shown.
    """
    if not as_json and terminal.on_terminal() and sys.stdin is not None and sys.stdin.isatty():
        os.environ.setdefault("TEXTUAL_FPS", "240")  # Textual reads it once, when it is imported
        from lion_tui.app.doctor.program import run_doctor

        context.exit(run_doctor())
    from lion_tui.app.doctor.facts import facts

    found = facts(_size())
    if as_json:
        terminal.put(
            "".join(terminal.json_text({**fact._asdict(), "lines": list(fact.lines)}) + "\n" for fact in found)
        )
        return
    lines: list[str] = []
    section, width = "", max(len(fact.name) for fact in found)
    for fact in found:
        if fact.section != section:
            section = fact.section
            lines += ["", section] if lines else [section]
        lines.append(f"{'!' if fact.advice else ' '} {fact.name:<{width}}  {fact.value}")
        lines += [f"{'':{width + 4}}{line}" for line in (fact.advice, *fact.lines) if line]
    terminal.put_text("\n".join(lines) + "\n")


def _size() -> tuple[int, int] | None:
    """Return the columns and lines of the terminal that standard error, input or output is; None without one."""
    for stream in (sys.stderr, sys.stdin, sys.stdout):
        try:
            columns, lines = os.get_terminal_size(stream.fileno())
        except (OSError, ValueError, AttributeError):  # no terminal, or closed
            continue
        return columns, lines
    return None
