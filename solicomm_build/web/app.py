"""The web server's application: git below `<id>.git`, what features answer (their `web.py`), and
the built pages for everything else."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.people.access import Access
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.readers import Readers
from solicomm_build.web import plainpage
from solicomm_build.web.asking import Asking
from solicomm_build.web.cloning.visibility import PublicRepositories
from solicomm_build.web.doorkeeper import Doorkeeper, IsPublic
from solicomm_build.web.dress.dressing import Dressing
from solicomm_build.web.git import GitRepositories
from solicomm_build.web.headers import SecurityHeaders
from solicomm_build.web.healthz import Health
from solicomm_build.web.hooks import Served, services
from solicomm_build.web.hosts import Hosts, Known
from solicomm_build.web.nodes.atnode import AtNode, busy
from solicomm_build.web.nodes.routes import guard
from solicomm_build.web.redirects import FormerNames, Redirects
from solicomm_build.web.signedin import MemberSessions
from solicomm_build.web.standing import Standing
from solicomm_build.web.static import StaticPages
from solicomm_build.web.unbuilt import Unbuilt


def create_app(
    config: Config, *, is_public: IsPublic | None = None, is_node: bool = False
) -> Starlette:
    """The application for one hub. It changes nothing but what a leave token or a token for pushing
    allows; `is_public` decides which repositories everybody may clone (default: what their own
    settings say). A machine without cell 0 `is_node`: see nodes/atnode.py."""
    readers = Readers(config, placesettings.conferences(config))
    may_read = is_public or PublicRepositories(config)
    doorkeeper = Doorkeeper(Access(config), may_read, readers.is_person_reader)
    built = Unbuilt(config, _pages(config))
    pages = Redirects(config, built)
    sessions = MemberSessions(config, readers)
    served = Served(config, readers, sessions, Asking(config), pages, is_node)
    made = services(served)
    of_features = [route for service in made for route in service.routes()]
    if is_node:
        guard(config, of_features, served)
    routes = [
        Route("/hosts/known", endpoint=Known(config).answer, methods=["GET"]),
        Route("/healthz", endpoint=Health(config, is_node=is_node).answer, methods=["GET"]),
        Route(plainpage.STYLE, endpoint=plainpage.stylesheet, methods=["GET"]),
        *of_features,
        *Standing(config).routes(),
        *_git(config, doorkeeper),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={NotKeptError: busy, ObjectsError: busy},
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Hosts, config=config),
            Middleware(FormerNames, config=config, is_public=may_read),
            *([Middleware(AtNode, config=config, pages=built)] if is_node else []),
        ],
    )
    app.router.default = served.pages  # a Mount would miss paths with a line break
    app.router.redirect_slashes = False
    app.state.dressing = Dressing(config, sessions)
    app.state.held = (*served.held, sessions, readers)  # whoever serves the application closes them
    return app


def _pages(config: Config) -> StaticPages:
    return StaticPages(config.public, config.search_peers, first=config.languages[0])


def _git(config: Config, doorkeeper: Doorkeeper) -> list[Route]:
    """Repositories by what they are of."""
    folders = {
        "conferences": config.conferences,
        "libraries": config.libraries,
        "unions": config.unions,
    }
    git = GitRepositories(config, folders, doorkeeper)
    return [
        Route("/{kind}/{repo}.git", endpoint=git),
        Route("/{kind}/{repo}.git/{rest:path}", endpoint=git),
    ]
