"""The tree of errors.

LionError
├── UsageError                a call that cannot mean anything (also a ValueError)
│   ├── UnknownParameter      a keyword that no model setting has
│   ├── UnknownBranch         no branch of that name
│   ├── UnknownMessage        no message of that id
│   └── BranchNameError       a name that is malformed or taken
├── ServiceError              a model could not answer
│   ├── ServiceChoiceError    nothing says which service or model is meant
│   ├── KeyMissing            the service needs a key and none was found
│   ├── KeyRefused            401, or another 4xx that says so
│   ├── ModelUnknown          the service has no such model
│   ├── ContextFull           the conversation is longer than the model's window
│   │   └── PromptTooLong     its last prompt alone is
│   ├── RateLimited           429, after the retries
│   ├── BudgetExceeded        the request is larger than the whole budget
│   ├── RequestRefused        any other 4xx
│   ├── ServerFault           5xx, after the retries
│   ├── Unreachable           no connection
│   ├── TimedOut              nothing came in time
│   ├── StreamCut             the answer ended before its end
│   ├── BadAnswer             what came is not what the protocol says (HTML, a redirect, broken events)
│   └── EmbeddedModelError    the embedded model cannot be fetched, started, or has stopped
└── FileError                 a session file
    ├── DamagedFile           it is ours, and its bytes are not what was written
    ├── ForeignFile           it is not a session
    ├── NewerFile             it was written by a later version
    ├── FileLocked            another program has it open for writing
    ├── ReadOnlySession       it was opened for reading only
    └── SaveFailed            the operating system refused
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class LionError(Exception):
    """What happened, to what, and what to do about it.

    Attributes:
        what: What happened and to what: one sentence, with its full stop.
        remedy: What to do about it: one sentence, or empty where nothing can be done.
        node_id: The message that keeps the error, where one does.
    """

    node_id: str | None = None

    def __init__(self, what: str, remedy: str = "") -> None:
        """Make the error; `str()` of it is both sentences."""
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class UsageError(LionError, ValueError):
    """A call that cannot mean anything."""


class StillComing(UsageError):
    """What was asked for can be done once an answer has ended."""


class UnknownParameter(UsageError, TypeError):
    """A keyword that no model setting has."""


class UnknownBranch(UsageError, KeyError):
    """No branch of that name."""

    __str__ = LionError.__str__

    @classmethod
    def among(cls, known: Iterable[str], name: str) -> Self:
        """Return the error for a name that is none of those that are `known`."""
        return cls(f"There is no branch {name!r}.", f"The branches are: {', '.join(known) or 'none'}.")


class UnknownMessage(UsageError, KeyError):
    """No message of that id."""

    __str__ = LionError.__str__


class BranchNameError(UsageError):
    """A branch name that is malformed or taken."""


class ServiceError(LionError):
    """A model could not answer.

    Attributes:
        service: The name of the service, where one is known.
        status: The HTTP status, where there was one.
    """

    def __init__(self, what: str, remedy: str = "", *, service: str | None = None, status: int | None = None) -> None:
        """Make the error for a service."""
        super().__init__(what, remedy)
        self.service = service
        self.status = status


class ServiceChoiceError(ServiceError):
    """Nothing says which service or model is meant."""


class KeyMissing(ServiceError):
    """The service needs a key and none was found."""


class KeyRefused(ServiceError):
    """The service refused the key."""


class ModelUnknown(ServiceError):
    """The service has no such model."""


class ContextFull(ServiceError):
    """The conversation is longer than the model's window."""


class PromptTooLong(ContextFull):
    """One prompt alone is longer than the model's window."""


class RateLimited(ServiceError):
    """The service asks for fewer requests, and did so after every retry."""


class BudgetExceeded(ServiceError):
    """The request is larger than the whole budget of the service object."""


class RequestRefused(ServiceError):
    """The service refused the request."""


class ServerFault(ServiceError):
    """The service failed, and did so after every retry."""


class Unreachable(ServiceError):
    """No connection to the service."""


class TimedOut(ServiceError):
    """Nothing came from the service in time."""


class StreamCut(ServiceError):
    """The answer ended before its end."""


class BadAnswer(ServiceError):
    """What the service sent is not what its protocol says."""


class EmbeddedModelError(ServiceError):
    """The embedded model cannot be fetched or started, or has stopped."""


class FileError(LionError):
    """A session file.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, what: str, remedy: str = "") -> None:
        """Make the error for a file."""
        super().__init__(what, remedy)
        self.path = path


class DamagedFile(FileError):
    """A session file whose bytes are not what was written."""


class ForeignFile(FileError):
    """Not a session file."""


class NewerFile(FileError):
    """A session file written by a later version."""


class FileLocked(FileError):
    """Another program has the session open for writing."""


class ReadOnlySession(FileError):
    """The session was opened for reading only."""


class SaveFailed(FileError):
    """The operating system refused to write the file."""
