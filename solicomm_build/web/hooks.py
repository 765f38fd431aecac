"""What features answer on the web: `web.py` of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.asking import Asking
from solicomm_build.web.mine.section import Section
from solicomm_build.web.signedin import MemberSessions


class _Number(IntegerConvertor):
    """What `int` means in an address: of more digits there is nothing, and Python reads no more
    than some thousand."""

    regex = "[0-9]{1,9}"


register_url_convertor("int", _Number())


class Held(Protocol):
    """What has to be closed when the server ends."""

    def close(self) -> None:
        """Lets go of everything."""


Confirm = Callable[[Request, TokenFacts], Awaitable[Response]]
"""The page behind a good token of a mail."""

H = TypeVar("H", bound=Held)


@dataclass(slots=True)
class Served:
    """The hub that is served, as features see it: who may read which conference, who is signed in,
    and how often pages may cause mail. `pages` answers with built pages at all other addresses; it
    is whole when routes are made."""

    config: Config
    readers: Readers
    sessions: MemberSessions
    asking: Asking
    pages: ASGIApp
    is_node: bool = False
    """Whether cell 0 is on another machine: no file of the hub may be written then."""
    confirming: dict[str, Confirm] = field(default_factory=dict)
    """What features show at `/confirm/<token>`, by the action of the token; and where that asks
    about a mail to the desk, by the action, a blank and the purpose of its address."""
    held: list[Held] = field(default_factory=list)

    def hold(self, thing: H) -> H:
        """Closes it when the server ends; returns it."""
        self.held.append(thing)
        return thing


class Service:
    """What one feature answers. Made once for a server."""

    rank = 50
    """Services with a smaller rank are asked later for a page: they stand further inside."""

    def __init__(self, served: Served) -> None:
        self.served = served

    def around(self, pages: ASGIApp) -> ASGIApp:
        """Stands before `pages`: answers some addresses itself and passes on all others."""
        return pages

    def routes(self) -> Iterable[Route]:
        """Addresses of its own."""
        return ()


Address = tuple[str, int]


class WebHook(Protocol):
    """`web.py` of a feature."""

    SERVICE: type[Service]
    """What it answers at the hub's own address."""
    BESIDE: Callable[[Config], tuple[Address, Starlette] | None]
    """A listener of its own with an application of its own, where the settings want one."""
    SIGN_IN: Callable[[Config, str, str], str]
    """Another way in beside the link by mail: HTML below the form of `/login/`, in a language, with
    the path to go to afterwards; "" where there is none."""
    MINE: Iterable[type[Section]]
    """What it shows a member in My hub (`/members/`), and what a member can change there."""


def services(served: Served) -> list[Service]:
    """Those of all features, the innermost first; `served.pages` has them around it afterwards."""
    made: list[Service] = [service(served) for service in hooks.each("web", "SERVICE")]
    made.sort(key=lambda service: service.rank)
    for service in made:
        served.pages = service.around(served.pages)
    return made


def beside(config: Config) -> list[tuple[Address, Starlette]]:
    """The listeners that features want beside the hub's own."""
    found = (make(config) for make in hooks.each("web", "BESIDE"))
    return [one for one in found if one is not None]


def ways_in(config: Config, lang: str, place: str) -> str:
    """HTML of the ways in that features have beside the link by mail."""
    return "".join(way(config, lang, place) for way in hooks.each("web", "SIGN_IN"))


def sections(served: Served) -> list[Section]:
    """What features show in My hub, in the order in which it stands there."""
    made = [
        served.hold(section(served.config, served.readers, served.sessions))
        for some in hooks.each("web", "MINE")
        for section in some
    ]
    return sorted(made, key=lambda one: one.rank)
