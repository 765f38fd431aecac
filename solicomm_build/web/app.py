"""The web server's application: git below `<id>.git`, the built pages for everything else."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from solicomm_build.config import Config
from solicomm_build.web.git import GitRepositories, IsPublic
from solicomm_build.web.headers import SecurityHeaders
from solicomm_build.web.static import StaticPages
from solicomm_build.web.visibility import PublicRepositories


def create_app(config: Config, *, is_public: IsPublic | None = None) -> Starlette:
    """The application for one hub. It only reads; `is_public` decides which repositories may be
    cloned (default: what their own settings say)."""
    git = GitRepositories(
        {
            "conferences": config.conferences,
            "libraries": config.libraries,
            "unions": config.unions,
        },
        is_public or PublicRepositories(config),
    )
    routes = [
        Route("/{kind}/{repo}.git", endpoint=git),
        Route("/{kind}/{repo}.git/{rest:path}", endpoint=git),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
    app.router.default = StaticPages(config.public)  # a Mount would miss paths with a line break
    app.router.redirect_slashes = False
    return app
