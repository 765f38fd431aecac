"""`/oai`: the hub's libraries for harvesters, by OAI-PMH 2.0 (features/library/exchange/oaipmh.py).

GET and POST mean the same (section 3.1.1). One answer is made at a time, in a thread; who comes
meanwhile waits, and when too many wait they are told to come back (503 with Retry-After, section
3.1.2.2).
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import threading
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from solicomm_build.features.library.catalogue import Catalogue, HarvestedHub
from solicomm_build.features.library.exchange import oaipmh
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.shares import Shares

_log = logging.getLogger("solicomm.web")

_BODY = 16 * 1024  # octets of a POST; the longest request is a resumption token
_WAITING = 20
_RETRY_SECONDS = 30


class OaiProvider:
    """Answers for one hub. Close it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._catalogue: Catalogue | None = None
        self._lock = threading.Lock()
        self._turn = asyncio.Lock()  # who waits keeps no thread meanwhile
        self._shares = Shares(config.fronts)

    def close(self) -> None:
        """Ends what it holds open."""
        with self._lock:
            self._drop()

    async def answer(self, request: Request) -> Response:
        """GET, HEAD and POST of `/oai`."""
        if not self._shares.has_room(request, _WAITING):
            return _later()
        pairs = request.query_params.multi_items()
        if request.method == "POST":
            body = await _body(request)
            if body is None:
                return Response("A request has at most 16 KB.\n", 413, media_type="text/plain")
            pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        try:
            with self._shares.taken(request):
                async with self._turn:
                    data = await asyncio.to_thread(self._make, pairs)
        except SoliCommError as error:
            _log.error("no answer to a harvester: %s", error.public)
            return _later()
        headers = {"Content-Type": "text/xml; charset=utf-8", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            data = gzip.compress(data, 5)
            headers["Content-Encoding"] = "gzip"
        return Response(data, headers=headers)

    def _make(self, pairs: list[tuple[str, str]]) -> bytes:
        with self._lock:
            try:
                if self._catalogue is None:
                    self._catalogue = Catalogue(self._config)
                hub = HarvestedHub(self._config, self._catalogue, clock.now())
                return oaipmh.answer(pairs, hub, f"{self._config.url}/oai", clock.now())
            except BaseException:
                self._drop()  # the next one starts with new processes
                raise

    def _drop(self) -> None:
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None


def _later() -> Response:
    return Response(
        "Try again in half a minute.\n",
        503,
        {"Retry-After": str(_RETRY_SECONDS)},
        media_type="text/plain",
    )


async def _body(request: Request) -> bytes | None:
    """The body, None when it is too long."""
    found = b""
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > _BODY:
                return None
    except ClientDisconnect:
        return None
    return found
