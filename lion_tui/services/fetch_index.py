"""A wheel straight from a package index, for environments that have no pip (uv makes such ones)."""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import EmbeddedModelError
from lion_tui.services.wire import mapping

if TYPE_CHECKING:
    import httpx

    from lion_tui.core.message import Json

_DEFAULT_INDEX = "https://pypi.org/simple"
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_REMEDY = "Check the index named in UV_DEFAULT_INDEX, or set LION_TUI_MODEL to a GGUF file."
_BLOCK = 1 << 20


def index_urls() -> list[str]:
    """Return the indexes that uv's and pip's settings name, in the order in which they are asked.

    The default index is that of pip's or uv's environment variables, else of pip's configuration files, else the public
    one. What is named besides is asked too: uv's before the default, pip's after it. Which of them has the file makes
    no difference: its hash is known.

    Raises:
        EmbeddedModelError: pip's configuration cannot be understood.
    """
    given, configured = os.environ.get, _pip_configuration()
    default = given("PIP_INDEX_URL") or given("UV_DEFAULT_INDEX") or given("UV_INDEX_URL")
    default = default or configured.get("index-url") or _DEFAULT_INDEX
    extra = given("PIP_EXTRA_INDEX_URL") or configured.get("extra-index-url") or ""
    named = f"{given('UV_INDEX', '')} {default} {given('UV_EXTRA_INDEX_URL', '')} {extra}".split()
    # uv's form may begin with a name: `internal=https://…`.
    return list(dict.fromkeys(re.sub(r"^[\w.-]+=", "", each).rstrip("/") for each in named))


def _pip_configuration() -> dict[str, str]:
    """Return the section `global` of pip's configuration files, which pip reads in this order, the last one winning."""
    import platformdirs

    own = os.environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:  # this tells pip to read none at all
        return {}
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    home = Path.home()
    files = [
        platformdirs.site_config_path("pip", appauthor=False) / name,
        Path("/etc") / name,
        home / ("pip" if os.name == "nt" else ".pip") / name,
        home / ".config" / "pip" / name,
        platformdirs.user_config_path("pip", appauthor=False, roaming=True) / name,
        Path(sys.prefix) / name,
        *([Path(own)] if own else []),
    ]
    parser = configparser.RawConfigParser()
    try:
        parser.read(files, "utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _error(
            "pip's configuration cannot be understood.", "Correct the file; `pip config debug` lists them."
        ) from error
    return dict(parser["global"]) if parser.has_section("global") else {}


async def download(project: str, wheel: Path) -> None:
    """Download the file named like `wheel` of `project` to `wheel`, by the simple repository API (PEP 503, PEP 691).

    Raises:
        EmbeddedModelError: no index that can be reached and understood has such a file; the fault of the first index.
        OSError: it cannot be written.
    """
    import httpx

    faults: list[EmbeddedModelError] = []
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
        for index in index_urls():
            try:
                return await _download(client, index, project, wheel)
            except EmbeddedModelError as fault:
                faults.append(fault)
    raise faults[0]


async def _download(client: httpx.AsyncClient, index: str, project: str, wheel: Path) -> None:
    import httpx

    try:
        host = httpx.URL(index).host  # never the whole address: it may hold a password
        listing = await client.get(f"{index}/{project}/", headers={"Accept": _ACCEPT})
        listing.raise_for_status()
        url = _link(listing, wheel.name)
        if url is None:
            raise _error(f"The package index {host} has no {wheel.name}.", "Name another in UV_DEFAULT_INDEX.")
        async with client.stream("GET", url) as answer:
            answer.raise_for_status()
            with wheel.open("wb") as out:
                async for block in answer.aiter_bytes(_BLOCK):
                    await asyncio.to_thread(out.write, block)
    except httpx.HTTPStatusError as error:
        raise _error(
            f"The package index {host} answered {error.response.status_code} when asked for {project}.", _REMEDY
        ) from error
    except httpx.InvalidURL as error:
        raise _error("The package index has, or sent, an address that is none.", _REMEDY) from error
    except httpx.HTTPError as error:
        raise _error(
            f"The embedded model could not be fetched: no connection to the package index {host} "
            f"({type(error).__name__}).",
            "Check the network and try again.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _error(f"The package index {host} sent a list of files that cannot be understood.", _REMEDY) from error


def _link(listing: httpx.Response, name: str) -> str | None:
    """Return the address of a file that a project's page lists; None if it does not.

    Raises:
        ValueError: the page cannot be understood.
    """
    links: list[tuple[Json, Json]]
    if "json" in listing.headers.get("Content-Type", ""):
        files = mapping(listing.json()).get("files")
        if not isinstance(files, list):
            raise ValueError("no list of files")
        links = [(mapping(each).get("filename"), mapping(each).get("url")) for each in files]
    else:
        page = _Anchors()
        page.feed(listing.text)
        links = [(text.strip(), href) for text, href in page.links]
    href = next((href for text, href in links if text == name), None)
    return urljoin(str(listing.url), href) if isinstance(href, str) else None


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
    return EmbeddedModelError(what, remedy, service=EMBEDDED)
