"""Commands that make branches and alternatives, and go from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lion_tui.app.commands.command import Command
from lion_tui.app.composing.draft import Draft
from lion_tui.core.errors import ServiceChoiceError, UsageError
from lion_tui.session.branch import Branch

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.session import Session


class Fork(Command):
    """Fork at the selected message."""

    id = "fork"
    keys = "N"
    title = "fork"
    help = "Make a branch at the selected message and go on there."
    argument = "[name]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Fork there and check the branch out."""
        screen.check_writable()
        branch = screen.session.fork(screen.session.message(screen.selected.node()), argument or None)
        screen.session.checkout(branch)
        screen.set_focus(screen.composer)


class Regenerate(Command):
    """Another answer."""

    id = "regenerate"
    keys = "R"
    title = "regenerate"
    help = "Ask who answers here now for another answer to the same prompt, beside the selected one; 3R asks for three."
    words = "retry"
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Ask again, as often as was typed before; of several columns, those that are chosen."""
        screen.check_writable()
        if screen.columns.comparing:
            _regenerate_columns(screen)
            return
        node_id, count = screen.selected.node(), screen.counting.value or 1
        screen.inference.run(screen.session.regenerate(node_id, count, **in_force(screen.session, node_id)))


class Continue(Command):
    """Go on with a cut answer."""

    id = "continue"
    keys = "m"
    title = "continue"
    help = "Let the model go on with the selected answer, which was cut."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go on."""
        screen.check_writable()
        node_id = screen.selected.node()
        message = screen.session.message(node_id)
        if message.role == "assistant" and message.status == "complete" and message.finish_reason != "length":
            raise UsageError("This answer is complete.", "K cuts it at a place from which the model goes on.")
        screen.inference.run(screen.session.continue_(node_id, **in_force(screen.session, node_id)))


class PreviousSibling(Command):
    """The alternative before."""

    id = "previous-sibling"
    keys = "left_square_bracket"
    title = "alternative before"
    help = "Show the alternative before the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        _show_sibling(screen, -1)


class NextSibling(Command):
    """The next alternative."""

    id = "next-sibling"
    keys = "right_square_bracket"
    title = "next alternative"
    help = "Show the next alternative of the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        _show_sibling(screen, 1)


class Checkout(Command):
    """Go to the selected message."""

    id = "checkout"
    keys = "enter"
    title = "check out"
    help = "Go on from the selected message: its branch; at a prompt, with its text in the composer."
    argument = "[branch]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Check out the branch that is named, or what is selected."""
        if argument:
            screen.session.checkout(argument)
        elif screen.focused is screen.composer:
            raise UsageError("Checking out needs a branch.", f"The branches are {', '.join(screen.session.branches)}.")
        else:
            _check_out_selected(screen)


class PreviousBranch(Command):
    """The branch that was current before."""

    id = "previous-branch"
    keys = "minus"
    title = "previous branch"
    help = "Check out the branch that was current before."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Check it out."""
        state = screen.session.state
        others = [
            branch_id for branch_id in state.recent if branch_id in state.refs and branch_id != state.current.branch_id
        ]
        if not others:
            raise UsageError("No other branch was current before.", "N makes one.")
        screen.session.checkout(state.refs[others[-1]].name)


class Back(Command):
    """What was shown before."""

    id = "back"
    keys = "alt+left"
    title = "back"
    help = "Go back to the branch, the alternative or the message where one was before, and before that."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        _go_along(screen, -1)


class Forward(Command):
    """What was gone back from."""

    id = "forward"
    keys = "alt+right"
    title = "forward"
    help = "Show again what was gone back from."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        _go_along(screen, 1)


class Rename(Command):
    """Another name."""

    id = "rename"
    keys = "r"
    title = "rename"
    help = "Give the branch another name; in the tree, the one whose end is selected."
    argument = "[name]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Rename the branch, or ask for its name."""
        screen.check_writable()
        branch = screen.selected.branch()
        if argument:
            branch.rename(argument)
        else:
            screen.ask(f"Rename {branch.name}", branch.rename, value=branch.name)


class DeleteBranch(Command):
    """A name less."""

    id = "delete-branch"
    title = "delete branch"
    help = "Delete a branch's name; its messages stay, and undo brings the name back."
    argument = "[branch]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Delete it."""
        screen.check_writable()
        name = argument or screen.selected.branch().name
        screen.session.delete_branch(name, detach=True)
        screen.say_note(f"Deleted the branch {name}; its messages stay. u brings it back.")


def _regenerate_columns(screen: MainScreen) -> None:
    """Ask again in those columns that are chosen then."""
    from lion_tui.app.screens.which import Which

    session, columns = screen.session, dict(screen.columns.numbered())

    def again(numbers: list[int] | None) -> None:
        for number in numbers or ():
            branch = Branch(session, columns[number])
            if (answer := branch.last_response) is None:
                screen.say_error(f"Column {number} has no answer yet. Ask something first.")
                continue
            given = in_force(session, answer.node_id, branch)
            screen.inference.run(session.regenerate(answer, branch=branch, **given))

    screen.app.push_screen(Which("Another answer: in which column?", list(columns), screen.columns.number), again)


def in_force(session: Session, node_id: str, branch: Branch | None = None) -> dict[str, Any]:
    """Return who answers on a branch, and how, in place of who gave an answer: nothing where nobody was chosen."""
    try:
        service, model = session.answerer(branch)
    except ServiceChoiceError:
        return {}
    before = dict.fromkeys(session.message(node_id).params or {})
    return {**before, **session.params_in_force(branch), "service": service, "model": model}


def _go_along(screen: MainScreen, step: int) -> None:
    place, chat, tree = screen.trail.go(step, screen.chat.reading), screen.chat, screen.session.state.tree
    if place.reading is not None and place.reading.cursor is not None and chat.shows(place.reading.cursor):
        chat.return_to(place.reading)
    elif place.node_id is not None and place.node_id in tree:
        chat.reveal(tree.row(place.node_id))


def _show_sibling(screen: MainScreen, step: int) -> None:
    row = screen.selected.row()
    node_id = screen.session.state.tree.node_id[row]
    siblings = screen.session.state.siblings(row)
    if len(siblings) < 2:
        raise UsageError("This message has no alternative.", "R asks for another answer.")
    follows = screen.chat.follows
    screen.session.show_sibling(node_id, step)
    screen.chat.reveal(siblings[(siblings.index(row) + step) % len(siblings)], begins=not follows)


def _check_out_selected(screen: MainScreen) -> None:
    row = screen.selected.row()
    message = screen.session.message(screen.session.state.tree.node_id[row])
    if message.role == "user":
        if screen.revising.under_way:
            screen.revising.end()
        screen.composer.put(Draft(screen.session.detach_before(message)))
        screen.set_focus(screen.composer)
        return
    ends = screen.selected.ends()
    if screen.session.current not in ends:
        screen.session.checkout(message)
    elif others := [branch.name for branch in ends if branch != screen.session.current]:
        screen.say_note(f"{', '.join(others)} ends here too: /checkout {others[0]} goes on there.")
    screen.chat.reveal(row)
