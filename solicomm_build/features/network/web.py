"""What other hubs ask over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solicomm_build.features.network.carrying import knocking, messageids, stones
from solicomm_build.features.network.carrying.knocking import bell_of
from solicomm_build.features.network.carrying.wire import (
    COPIES,
    HUBS,
    IDS,
    KNOCK,
    NOTICES,
    OFFERS,
    SAID,
    STEPS,
)
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.judging import offers, shared
from solicomm_build.features.network.mine import NetworkSection
from solicomm_build.features.network.sealed import answering, asking, privatenotices
from solicomm_build.features.network.sharing import copying, sayings
from solicomm_build.features.network.sharing import offered as offering
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.identity import ID
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.post.store import postplaces
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.shares import Shares

_NO_STORE = {"Cache-Control": "no-store"}
_BUSY = _NO_STORE | {"Retry-After": "30"}
_OID_LENGTH = 40
_WAITING = 16
"""Questions that take a while and anybody may ask; a hub asks one of them after the other."""
_NO_CARD = "This hub is in no network yet: its operator types `solicomm peer init`, then try again."


class Network(Service):
    """The card, the offers, the Message-IDs for a hub that is known, and the door to knock at."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._config = served.config
        self._one, self._sealed = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self._shares = Shares(served.config.fronts)
        self._making = threading.Lock()

    def routes(self) -> Iterable[Route]:
        """`/.well-known/solicomm/hub.yaml` and `/network/…`."""
        yield Route(cards.PATH, endpoint=self._card)
        yield Route(OFFERS, endpoint=self._offers)
        yield Route(f"{IDS}/{{hub}}/{{conference}}", endpoint=self._ids)
        yield Route(COPIES, endpoint=self._copies)
        yield Route(HUBS, endpoint=self._hubs)
        yield Route(f"{HUBS}/{{hub}}", endpoint=self._hub)
        yield Route(NOTICES, endpoint=self._notices)
        yield Route(f"{NOTICES}/{{name}}", endpoint=self._notice)
        yield Route(SAID, endpoint=self._said)
        yield Route(f"{SAID}/{{what}}/{{id}}", endpoint=self._saying)
        yield Route(f"{STEPS}/{{kind}}/{{name}}/{{hub}}", endpoint=self._steps)
        yield Route(KNOCK, endpoint=self._knock, methods=["POST"])
        yield Route(asking.PATH, endpoint=self._asked, methods=["POST"])

    async def _card(self, _request: Request) -> Response:
        try:
            blob = await asyncio.to_thread(self._own_card)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        except OSError:
            return PlainTextResponse("This hub's card cannot be read now.\n", 503, _NO_STORE)
        if blob is None:
            return _nothing(_NO_CARD)
        headers = {"Cache-Control": "public, max-age=60"}
        return Response(blob, media_type="application/yaml", headers=headers)

    def _own_card(self) -> bytes | None:
        """The card; made when nobody has needed it yet. None where the hub has no key either: it is
        of before 0.2, and whether it is in a network its operator says."""
        path = peering.folder(self._config) / "card.yaml"
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
        with self._making:
            if path.exists():
                return path.read_bytes()
            is_able = identities.if_any(self._config) is not None
            return offering.card(self._config) if is_able else None

    async def _offers(self, _request: Request) -> Response:
        return await asyncio.to_thread(self._all_offers)

    def _all_offers(self) -> Response:
        try:
            identity = identities.if_any(self._config)
            if identity is None:
                return _nothing("This hub is in no network yet.")
            known = peering.read(self._config)
            found = {
                one.name: offers.refs(one.repo)
                for one in offering.all_(self._config, identity, known)
            }
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        return Response(json.dumps(found), media_type="application/json", headers=_NO_STORE)

    async def _copies(self, _request: Request) -> Response:
        """The copies that are kept here, for whose home was lost."""
        try:
            found = await asyncio.to_thread(copying.listed, self._config)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        body = json.dumps({"copies": found})
        return Response(body, media_type="application/json", headers=_NO_STORE)

    async def _hubs(self, _request: Request) -> Response:
        return await asyncio.to_thread(self._all_hubs)

    def _all_hubs(self) -> Response:
        """The hubs that are handed on, with the numbers of their cards, the nearest first."""
        try:
            found = {one.card.id: one.card.seq for one in book.of(self._config).handed_on}
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        body = json.dumps({"hubs": found})
        return Response(body, media_type="application/json", headers=_NO_STORE)

    async def _hub(self, request: Request) -> Response:
        return await asyncio.to_thread(self._one_hub, request.path_params["hub"])

    def _one_hub(self, hub: str) -> Response:
        try:
            found = book.of(self._config)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        if hub not in {one.card.id for one in found.handed_on}:
            return _nothing("No hub of this name is in the directory.")
        return Response(found.blobs[hub], media_type="application/yaml", headers=_NO_STORE)

    async def _ids(self, request: Request) -> Response:
        hub, name = request.path_params["hub"], request.path_params["conference"]
        since = request.query_params.get("since", "")
        return await self._in_turn(request, partial(self._sealed_ids, hub, name, since))

    async def _in_turn(self, request: Request, make: Callable[[], Response]) -> Response:
        """One is answered at a time; some more wait, half as many of one place."""
        if not self._shares.has_room(request, _WAITING):
            return PlainTextResponse("Too many ask just now.\n", 503, _BUSY)
        with self._shares.taken(request):
            async with self._one:
                return await asyncio.to_thread(make)

    def _sealed_ids(self, hub: str, name: str, since: str) -> Response:
        """The Message-IDs of a conference's posts, which the named hub alone can open."""
        try:
            identity, known = identities.if_any(self._config), peering.read(self._config)
            peer = known.peers.get(hub)
            if identity is None or peer is None or not SLUG.fullmatch(name):
                return _nothing("No hub of this name is known here.")
            all_ = shared.shared(self._config, identity, known)
            one = next((one for one in all_ if one.id == name), None)
            if one is None:
                return _nothing("There is no conference of this name that is shared.")
            is_known = len(since) == _OID_LENGTH and since.isalnum()
            is_known = is_known and one.repo.succeeds(
                "rev-parse", "-q", "--verify", f"{since}^{{commit}}"
            )
            mids = postplaces.mids(one.repo, one.tip, Oid(since) if is_known else None)
            blob = messageids.sealed(messageids.told(self._config, name, mids), peer.key)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        return Response(blob, media_type="application/octet-stream", headers=_NO_STORE)

    async def _asked(self, request: Request) -> Response:
        """What a known hub is told alone (sealed/answering.py)."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > asking.MOST:
                return PlainTextResponse("That is no question of a hub.\n", 413)
        address = request.client.host if request.client else ""
        async with self._sealed:  # in nobody's turn who is not known
            return await asyncio.to_thread(self._answered, body, address)

    def _answered(self, body: bytes, address: str) -> Response:
        try:
            blob = answering.answer(self._config, body, address)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        if blob is None:
            return _nothing("No hub of this name is known here.")
        return Response(blob, media_type="application/octet-stream", headers=_NO_STORE)

    def _public_notices(self) -> Mapping[str, bytes]:
        identity = identities.if_any(self._config)
        known = peering.read(self._config)
        return privatenotices.public(self._config, identity, known) if identity else {}

    async def _notices(self, _request: Request) -> Response:
        names = [*await asyncio.to_thread(self._public_notices)]
        return Response(json.dumps(names), media_type="application/json", headers=_NO_STORE)

    async def _notice(self, request: Request) -> Response:
        found = await asyncio.to_thread(self._public_notices)
        blob = found.get(request.path_params["name"])
        if blob is None:
            return _nothing("There is no notice of this name.")
        return Response(blob, media_type="application/yaml", headers=_NO_STORE)

    async def _said(self, _request: Request) -> Response:
        said = await asyncio.to_thread(sayings.listed, self._config)
        body = json.dumps({"said": said})
        return Response(body, media_type="application/json", headers=_NO_STORE)

    async def _saying(self, request: Request) -> Response:
        name = f"{request.path_params['what']}/{request.path_params['id']}"
        blob = (await asyncio.to_thread(sayings.files, self._config)).get(name)
        if blob is None:
            return _nothing("There is nothing of this name.")
        return Response(blob, media_type="application/yaml", headers=_NO_STORE)

    async def _steps(self, request: Request) -> Response:
        """Commits on the way along a log, for a fetch that may break off (carrying/stones.py)."""
        name = f"{request.path_params['kind']}/{request.path_params['name']}"
        hub, since = request.path_params["hub"], request.query_params.get("since", "")
        return await self._in_turn(request, partial(self._stones, name, hub, since))

    def _stones(self, name: str, hub: str, since: str) -> Response:
        try:
            blob = stones.of(self._config, name, hub, since)
        except SoliCommError as error:
            return PlainTextResponse(f"{error.public}\n", 503, _NO_STORE)
        if blob is None:
            return _nothing("There is no log of this name.")
        return Response(blob, media_type="application/json", headers=_NO_STORE)

    async def _knock(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > 100:
                return PlainTextResponse("That is no hub's id.\n", 413)
        return await asyncio.to_thread(self._heard, body.decode("ascii", "replace").strip())

    def _heard(self, hub: str) -> Response:
        if ID.fullmatch(hub) and hub in peering.read(self._config).peers:
            knocking.note(self._config, hub)
            bell_of(self._config).ring()
        return Response(status_code=204, headers=_NO_STORE)


def _nothing(what: str) -> Response:
    return PlainTextResponse(f"{what}\n", 404, _NO_STORE)


SERVICE = Network
MINE = (NetworkSection,)
