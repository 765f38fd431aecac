"""The builder of a running hub: builds whenever a commit rings; search and drafts come after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from solicomm_build.builder import bell, watching
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.givingway import give_way
from solicomm_build.builder.run import Builder
from solicomm_build.features.search.searchrun import BackgroundSearch
from solicomm_build.features.sites.rendering import preview
from solicomm_build.features.sites.rendering.retries import Retries
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import Watch

_trace = logging.getLogger("solicomm.pages")

SLICE = 2.0
"""Seconds that a running hub gives to union sites before it looks for new posts again."""


def serve_builder(
    config: Config,
    theme: Path,
    stop: Callable[[], bool],
    *,
    log: MailLog | None = None,
    watch: Watch | None = None,
) -> None:
    """Builds whenever a commit rings, until `stop` says so. A build that fails is tried again, with
    growing pauses; what it should have shown stays in git. `watch` ends this process, or one of its
    children, when one post or page holds it."""
    watching.begin(watch, log or maillog.to_stderr())
    waiting = bell.of(config)
    waiting.listen()
    retries = Retries()
    builder = Builder(config, theme, log=log, retries=retries)
    searching, previews = BackgroundSearch(config), preview.BackgroundPreviews(config)
    shown: Contents | None = None
    pause = 0.0
    while not stop():
        give_way(config.spool_in, stop)
        watching.here().look_again()
        try:
            report = builder.build(patience=SLICE)
            pause = 0.0
            if builder.contents and (shown is None or not report.idle):
                public = shown is None or report.public
                shown = builder.contents
                searching.want(shown, public=public)
            searching.step()
            if report.unfinished:
                continue
            builder.warm()
            if builder.contents:
                previews.step(builder.shown, lambda: builder.renderer)  # noqa: B023 - called at once
        except Exception:  # noqa: BLE001 - the stage's edge: the trace is logged, the data is in git
            _trace.exception("a build failed")
            pause = min(60.0, pause * 2 or 1.0)
            builder.close()
            builder = Builder(config, theme, log=log, retries=retries)
        waiting.wait(pause or (0.2 if searching.busy or previews.busy else 2.0))
    searching.close()
    previews.close()
    builder.close()
    waiting.close()
