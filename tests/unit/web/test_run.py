"""Starting and stopping the web server."""

from __future__ import annotations

import asyncio
import socket

import pytest

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.run import serve_web


def test_an_address_in_use_is_named_with_a_remedy(hub: Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()[:2]
        with pytest.raises(HubError, match=rf"{address[1]}.*--http"):
            asyncio.run(serve_web(hub, stop=asyncio.Event(), http=address))
