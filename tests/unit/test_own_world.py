from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from lion_tui.config import paths


def test_no_test_reaches_beyond_this_machine():
    with pytest.raises(RuntimeError, match="Tests reach this machine only"):
        socket.create_connection(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="Tests reach this machine only"):
        socket.getaddrinfo("example.com", 80)


async def test_nor_does_an_event_loop():
    with pytest.raises(RuntimeError, match="Tests reach this machine only"):
        await asyncio.open_connection("192.0.2.1", 80)


def test_nothing_of_the_developers_is_used():
    home = Path.home()
    assert paths.data_dir().is_relative_to(home)
    assert paths.config_dir().is_relative_to(home)
    assert not [name for name in os.environ if name.endswith(("_API_KEY", "_BASE_URL"))]
