"""The web server's application: git below `<id>.git`, one-click unsubscription, harvesting, signing
in, the built pages for everything else."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from solicomm_build.features.forms.submitting import Forms
from solicomm_build.features.library.deposits.download import DepositLinks
from solicomm_build.features.library.oai import OaiProvider
from solicomm_build.features.lists.joining import Joining
from solicomm_build.features.lists.leaving import Leaving
from solicomm_build.features.lists.subscribing import Subscribing
from solicomm_build.features.lists.unsubscribe import Unsubscribe
from solicomm_build.features.members.login import SigningIn
from solicomm_build.features.members.members import MemberPages, Members
from solicomm_build.features.members.membersession import MemberSessions
from solicomm_build.features.metrics.web import Metrics
from solicomm_build.features.search.searching import ScriptlessSearch
from solicomm_build.features.sites.editing import editing
from solicomm_build.features.sites.editing.preview import Previews
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.access import Access
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.readers import Readers
from solicomm_build.web import plainpage
from solicomm_build.web.asking import Asking
from solicomm_build.web.doorkeeper import Doorkeeper, IsPublic
from solicomm_build.web.git import GitRepositories
from solicomm_build.web.headers import SecurityHeaders
from solicomm_build.web.healthz import Health
from solicomm_build.web.hosts import Hosts, Known
from solicomm_build.web.posted import PostOrPage
from solicomm_build.web.redirects import Redirects
from solicomm_build.web.standing import Standing
from solicomm_build.web.static import StaticPages
from solicomm_build.web.visibility import PublicRepositories


def create_app(config: Config, *, is_public: IsPublic | None = None) -> Starlette:
    """The application for one hub. It changes nothing but what a leave token or a token for pushing
    allows; `is_public` decides which repositories everybody may clone (default: what their own
    settings say)."""
    readers = Readers(config, placesettings.conferences(config))
    sessions = MemberSessions(config, readers)
    may_read = is_public or PublicRepositories(config)
    doorkeeper = Doorkeeper(Access(config), may_read, readers.is_person_reader)
    leaving = Leaving(config)
    unsubscribe = Unsubscribe(leaving, config.domain)
    pages = StaticPages(config.public, config.search_peers)
    joining = PostOrPage(Joining(config).answer, pages)
    asking = Asking(config)
    subscribing = Subscribing(config, asking)
    oai = OaiProvider(config)
    signing_in, members = SigningIn(config, sessions, asking), Members(config, sessions, readers)
    others = MemberPages(config, sessions, readers, Redirects(config, pages))
    forms = Forms(config, asking)
    editor = editing.Editing(config, asking)
    filled = PostOrPage(forms.answer, others)
    searching = ScriptlessSearch(config, others)
    routes = [
        Route("/oai", endpoint=oai.answer, methods=["GET", "POST"]),
        Route("/hosts/known", endpoint=Known(config).answer, methods=["GET"]),
        Route("/healthz", endpoint=Health(config).answer, methods=["GET"]),
        Route("/metrics", endpoint=Metrics(config).answer, methods=["GET"]),
        Route(plainpage.STYLE, endpoint=plainpage.stylesheet, methods=["GET"]),
        Route("/unsubscribe/{token}", endpoint=unsubscribe.answer, methods=["GET", "POST"]),
        Route("/join/page.css", endpoint=plainpage.stylesheet, methods=["GET"]),
        Route("/join/{conference}", endpoint=subscribing.join, methods=["GET", "POST"]),
        Route("/confirm/{token}", endpoint=subscribing.confirm, methods=["GET", "POST"]),
        Route("/login/", endpoint=signing_in.ask, methods=["GET", "POST"]),
        Route("/login/{link}", endpoint=signing_in.enter, methods=["GET", "POST"]),
        Route("/logout/", endpoint=signing_in.leave, methods=["GET", "POST"]),
        Route("/members/", endpoint=members.home, methods=["GET", "POST"]),
        Route("/members/indexes.json", endpoint=members.indexes, methods=["GET"]),
        Route("/preview/{rest:path}", endpoint=Previews(config)),
        Route("/deposits/{deposit}/{letters}", endpoint=DepositLinks(config, others)),
        *_editing(editor),
        Route("/unions/{union}/join/", endpoint=joining),
        Route("/unions/{union}/{lang}/join/", endpoint=joining),
        Route("/conferences/{conference}/forms/{form}/", endpoint=filled),
        Route("/{lang}/conferences/{conference}/forms/{form}/", endpoint=filled),
        *Standing(config).routes(),
        Route("/search/", endpoint=searching),
        Route("/{lang}/search/", endpoint=searching),
        *_git(config, doorkeeper),
    ]
    app = Starlette(
        routes=routes, middleware=[Middleware(SecurityHeaders), Middleware(Hosts, config=config)]
    )
    app.router.default = others  # a Mount would miss paths with a line break
    app.router.redirect_slashes = False
    # whoever serves the application closes them
    app.state.held = (leaving, oai, subscribing, forms, signing_in, editor, sessions, readers)
    return app


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


def _editing(editor: editing.Editing) -> list[Route]:
    """The editor of union sites."""
    return [
        Route("/edit/page.css", endpoint=editing.style, methods=["GET"]),
        Route("/edit/preview.js", endpoint=editing.script, methods=["GET"]),
        Route("/edit/{union}/", endpoint=editor.home, methods=["GET", "POST"]),
        Route("/edit/{union}/text", endpoint=editor.text, methods=["GET", "POST"]),
        Route("/edit/{union}/leave", endpoint=editor.leave, methods=["POST"]),
        Route("/edit/{union}/enter/{link}", endpoint=editor.enter, methods=["GET", "POST"]),
        Route("/edit/{union}/media/{file}", endpoint=editor.media, methods=["GET"]),
    ]
