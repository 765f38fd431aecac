"""What mail programs and mail servers ask about mail here (mailnames.py)."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solicomm_build.features.mailboxes import autoconfig
from solicomm_build.features.mailboxes.passwordsection import MailboxPassword
from solicomm_build.foundation.hub import mailnames
from solicomm_build.foundation.hub.webhost import plain
from solicomm_build.people.recipients import ascii_domain
from solicomm_build.web.hooks import Service

_SOON = {"cache-control": "public, max-age=3600"}
_NOTHING = "There is nothing here.\n"


class MailAnswers(Service):
    """Addresses that stand in the documents of mail programs and in RFC 8461; 404 while mail has no
    certificate, and for domains whose mail is not ours."""

    def routes(self) -> Iterable[Route]:
        """Where they ask."""
        for path in ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"):
            yield Route(path, endpoint=self._autoconfig, methods=["GET"])
        for path in ("/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"):
            yield Route(path, endpoint=self._autodiscover, methods=["GET", "POST"])
        yield Route("/.well-known/mta-sts.txt", endpoint=self._policy, methods=["GET"])

    async def _autoconfig(self, request: Request) -> Response:
        config, asked = self.served.config, request.query_params.get("emailaddress", "")
        domain = self._domain(asked, request)
        if domain is None:
            return PlainTextResponse(_NOTHING, 404)
        text = autoconfig.autoconfig(config, domain)
        return Response(text, headers=_SOON, media_type="text/xml")

    async def _autodiscover(self, request: Request) -> Response:
        octets = b""
        async for part in request.stream():
            octets += part
            if len(octets) > autoconfig.LONGEST:
                return PlainTextResponse("That is too long for a question.\n", 413)
        address = autoconfig.asked_for(octets)
        if self._domain(address, request) is None or not address:
            return PlainTextResponse(_NOTHING, 404)
        text = autoconfig.autodiscover(self.served.config, address)
        return Response(text, media_type="text/xml")

    async def _policy(self, request: Request) -> Response:
        """At the names of RFC 8461 3.3 alone."""
        config = self.served.config
        about = mailnames.domain(config, _host(request), (mailnames.POLICY,))
        text = mailnames.policy(config) if about else ""
        return Response(text or _NOTHING, 200 if text else 404, media_type="text/plain")

    def _domain(self, address: str, request: Request) -> str | None:
        """The domain of ours that is asked about: the address's, else the name's."""
        config = self.served.config
        if config.tls is None:
            return None
        said = ascii_domain(address.rpartition("@")[2])
        if said:
            return said if said in config.all_domains else None
        host = _host(request)
        return mailnames.domain(config, host, mailnames.PROGRAMS) or (
            config.domain if host in (config.domain, mailnames.web(config)) else None
        )


def _host(request: Request) -> str:
    return plain(request.headers.get("host", ""))


SERVICE = MailAnswers
MINE = (MailboxPassword,)
