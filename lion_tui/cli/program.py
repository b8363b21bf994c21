"""The program as a whole: its commands, its exit codes, and the way to the screen."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import SESSION, complete_branch, no_mouse, who_answers
from lion_tui.core.errors import FileError, LionError, ServiceChoiceError, UsageError

_NAME: Final = "lion-tui"
_COMMANDS: Final = {
    "branches": "show",
    "chat": "chat",
    "convert": "convert",
    "diff": "diff",
    "doctor": "doctor",
    "export": "export",
    "import": "importing",
    "info": "info",
    "log": "show",
    "ls": "listing",
    "model": "model",
    "repair": "convert",
    "votes": "votes",
}
"""Commands with a module of their own, by its name: each is loaded when it is called, or when help lists it."""
_NAMED: Final = {"import": "import_"}
"""What commands are called in their modules where their name is a word of Python's."""
_INTERRUPTED: Final = 130
_READER_GONE: Final = 141

_EPILOG: Final = """\b
Examples:
  lion-tui
  lion-tui tour
  lion-tui open joke.parquet
  git diff | lion-tui
  lion-tui chat "A short joke about a whale and a shark" --save joke.parquet
  lion-tui chat --open joke.parquet --branch drier "The same, but drier"
  lion-tui chat --open joke.parquet "The same, but with a shark"
  lion-tui ls whale
  lion-tui log joke.parquet --branch drier
  lion-tui diff joke.parquet main drier
  lion-tui info joke.parquet
  lion-tui convert joke.parquet joke.toml
  lion-tui export joke.parquet joke.html
  lion-tui import conversations.json
  lion-tui doctor

\b
Exit codes:
  0    done
  1    the model could not answer; of `diff`: the branches differ
  2    the command line cannot be meant so, or nothing says who answers
  3    a file cannot be read or written
  4    of `repair` and `import`: something of the file is missing
  130  interrupted with Ctrl+C
  141  whoever read the output closed it
"""


class Program(click.Group):
    """The command group: where errors become lines on standard error, and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted([*super().list_commands(ctx), *_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loaded now if it was not."""
        if (module := _COMMANDS.get(cmd_name)) is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(
            importlib.import_module(f"lion_tui.cli.{module}"), _NAMED.get(cmd_name, cmd_name)
        )
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LionError as error:
            terminal.say(f"{_NAME}: {error}")
            raise click.exceptions.Exit(exit_code(error)) from error
        except click.MissingParameter as missing:
            terminal.say(f"{_NAME}: {_told(missing)}")
            raise click.exceptions.Exit(missing.exit_code) from missing
        except terminal.ReaderGone as gone:
            raise click.exceptions.Exit(_READER_GONE) from gone
        except KeyboardInterrupt as interrupt:
            raise click.exceptions.Exit(_INTERRUPTED) from interrupt

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; what is none gets a hint, also a session's file."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            import difflib
            import shlex

            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"To ask a model: {_NAME} chat {shlex.join(args)}"
            ctx.fail(
                f"There is no command {name!r}. "
                + (f"To open the file: {_NAME} open {name}" if _names_session(name) else hint)
            )
        return super().resolve_command(ctx, args)


def _told(missing: click.MissingParameter) -> str:
    """Return what is missing on the command line, and what to do about it."""
    command = missing.ctx.command_path if missing.ctx else _NAME
    name = missing.param.human_readable_name.upper() if missing.param else "more"
    remedy = {
        "FILE": f"`{_NAME} ls` lists the sessions with their files.",
        "SOURCE": f"`{_NAME} ls` lists the sessions with their files.",
        "SOURCE...": "Name what another program exported.",
        "A": f"`{_NAME} branches FILE` lists the branches.",
        "B": f"`{_NAME} branches FILE` lists the branches.",
    }.get(name, "")
    return f"`{command}` needs {name.removesuffix('...')}. {remedy}".rstrip() + f" `{command} --help` says more."


def exit_code(error: LionError) -> int:
    """Return the program's exit code for an error."""
    if isinstance(error, (UsageError, ServiceChoiceError)):
        return 2
    return 3 if isinstance(error, (FileError, terminal.OutputFailed)) else 1


def _names_session(argument: str) -> bool:
    return argument.lower().endswith((".parquet", ".toml")) or os.path.isfile(argument)  # noqa: PTH113 - of what cannot be a name, too


@click.group(
    cls=Program,
    name=_NAME,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@who_answers
@no_mouse
@click.option("--resume", is_flag=True, help="Open the session that was used last.")
@click.version_option(package_name="lion-tui", prog_name=_NAME, message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context, /, resume: bool, mouse: bool, **who: str | None) -> None:
    """Talk with language models in branches.

    Without a command, the full-screen chat opens on a new session. What is piped into it becomes its first draft.
    """
    if context.invoked_subcommand is None:
        context.exit(_screen(_used_last() if resume else None, mouse=mouse, **who))
    given = [f"--{name}" for name, value in who.items() if value is not None]
    given += ["--resume"] * resume + ["--no-mouse"] * (not mouse)
    for option in given:
        context.fail(f"{option} belongs after the command: {_NAME} {context.invoked_subcommand} {option} …")


def _used_last() -> Path:
    """Return the session that was left last, or one of the data folder that was written since.

    Raises:
        UsageError: there is none.
    """
    from lion_tui.config.left_last import left_last
    from lion_tui.config.paths import sessions_dir
    from lion_tui.storage.catalogue import found_in

    # What a crash left is written last in its journal.
    written = {Path(each.path): each.used_at / 1e6 for each in found_in(sessions_dir())}
    if (left := left_last()) is not None:
        written[left[0]] = left[1]
    if not written:
        raise UsageError("There is no session to go on with yet.", f"`{_NAME}` begins one.")
    return max(written, key=written.__getitem__)


@program.command(
    name="open",
    epilog="\b\nExamples:\n"
    "  lion-tui open joke.parquet\n"
    "  lion-tui open notes.toml --service ollama\n"
    "  lion-tui open joke.parquet --compare main drier",
)
@click.argument("file", type=SESSION)
@click.argument("branches", metavar="[BRANCH]...", nargs=-1, shell_complete=complete_branch)
@click.option("--compare", is_flag=True, help="Show two to four BRANCHes side by side.")
@click.option("--salvage", is_flag=True, help="Show what can be read of a damaged FILE, which is only read.")
@who_answers
@no_mouse
@click.pass_context
def open_(
    context: click.Context,
    /,
    file: Path,
    branches: tuple[str, ...],
    compare: bool,
    salvage: bool,
    mouse: bool,
    **who: str | None,
) -> None:
    """Open a session's FILE in the full-screen chat.

    A file that does not exist is made when the first message is sent; its name ends in .parquet or .toml.
    """
    if compare and not branches:
        context.fail(f"--compare needs branches: {_NAME} open {file} --compare BRANCH BRANCH")
    if branches and not compare:
        context.fail(
            f"{branches[0]!r} is one argument too many. To see branches side by side, put --compare before them."
        )
    context.exit(_screen(file, branches, salvage, mouse=mouse, **who))


@program.command()
@who_answers
@no_mouse
@click.pass_context
def tour(context: click.Context, /, mouse: bool, **who: str | None) -> None:
    """Show the main keys of the full-screen chat on a sample session, in two minutes."""
    context.exit(_screen(None, (), False, True, mouse=mouse, **who))


def _screen(
    path: Path | None,
    compare: tuple[str, ...] = (),
    salvage: bool = False,
    tour: bool = False,
    /,
    *,
    mouse: bool,
    **who: str | None,
) -> int:
    # The screen reads standard input and draws on standard error; standard output may go anywhere.
    if sys.stdin is None or sys.stderr is None or not sys.stderr.isatty():
        raise _no_terminal()
    draft = "" if sys.stdin.isatty() else _piped()
    from lion_tui.app import run_app

    return run_app(path, mouse=mouse, draft=draft, compare=compare, salvage=salvage, tour=tour, **who)


def _no_terminal() -> UsageError:
    return UsageError("The full-screen chat needs a terminal.", f"In scripts and pipes, use `{_NAME} chat`.")


def _piped() -> str:
    """Return what standard input holds, which becomes the draft, and let it be the terminal from now on."""
    from lion_tui.app.composing.draft import LONGEST_DRAFT

    try:
        keyboard = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:  # a service, or a system without it
        raise _no_terminal() from error
    try:
        content = sys.stdin.buffer.read(4 * LONGEST_DRAFT + 1)
        os.dup2(keyboard, sys.stdin.fileno())
    finally:
        os.close(keyboard)
    text = content.decode("utf-8", "replace")
    if len(text) > LONGEST_DRAFT:
        raise UsageError(f"Standard input has more than {LONGEST_DRAFT:,} characters.", "Send the part that matters.")
    return text.rstrip()


@program.command()
def keys() -> None:
    """Print the keys and slash commands of the full-screen chat, with your own keys in place of others."""
    from lion_tui.app.commands.keymap import key_lines
    from lion_tui.config.settings import load_settings

    settings, unread = load_settings()
    lines, problems = key_lines(settings.keymap)
    terminal.put_text("\n".join(lines) + "\n")
    for problem in (*unread, *problems):
        terminal.say(problem)


@program.command(
    epilog="\b\nExamples:\n"
    '  bash:  eval "$(lion-tui completion bash)"     in ~/.bashrc\n'
    '  zsh:   eval "$(lion-tui completion zsh)"      in ~/.zshrc\n'
    "  fish:  lion-tui completion fish | source      in ~/.config/fish/config.fish"
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a SHELL.

    It completes commands, options, services, files and the branches in them.
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 - click has these three
    terminal.put(script(program, {}, _NAME, "_LION_TUI_COMPLETE").source() + "\n")


def main() -> None:
    """Run the program and exit."""
    terminal.prepare()
    # On Windows click would take a `?` or `*` in a prompt for a file pattern.
    program.main(prog_name=_NAME, windows_expand_args=False)
