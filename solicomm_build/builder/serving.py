"""The builder of a running hub: builds whenever a commit rings; what features do comes after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from solicomm_build.builder import bell, hooks
from solicomm_build.builder.apart import watching
from solicomm_build.builder.apart.retries import Retries
from solicomm_build.builder.givingway import give_way
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import NoRepositoryError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import Watch

_trace = logging.getLogger("solicomm.pages")

SLICE = 2.0
"""Seconds that a running hub gives to what is planned apart before it looks for new posts again."""


def serve_builder(
    config: Config,
    theme: Path,
    stop: Callable[[], bool],
    *,
    log: MailLog | None = None,
    watch: Watch | None = None,
    shows: Callable[[], None] = lambda: None,
) -> None:
    """Builds whenever a commit rings, until `stop` says so. A build that fails is tried again, with
    growing pauses; what it should have shown stays in git. `watch` ends this process, or one of its
    children, when one post or page holds it. `shows` is called whenever all that was there when a
    build began is on the pages."""
    watching.begin(watch, log or maillog.to_stderr())
    waiting = bell.of(config)
    waiting.listen()
    retries = Retries()
    builder = Builder(config, theme, log=log, retries=retries)
    companions = [one.companion(config) for one in hooks.afterwards()]
    shown = False
    pause = 0.0
    while not stop():
        give_way(config.spool_in, stop, others=cells.spools_in(config)[1:])
        watching.here().look_again()
        try:
            report = builder.build(patience=SLICE)
            pause = 0.0
            if builder.contents:
                for companion in companions:
                    if not report.idle or not shown:
                        companion.built(builder.built, public=report.public or not shown)
                    companion.step(builder.built)
                shown = True
            if report.unfinished:
                continue
            shows()
            builder.warm()
            if report.idle:
                builder.rest()
        except Exception as error:  # noqa: BLE001 - the stage's edge: the trace is logged, the data is in git
            gone = _gone(error)
            if gone is not None and pause == 0.0:
                _trace.info("%s was renamed or removed during a build, which begins again", gone)
            else:
                _trace.exception("a build failed")
            pause = min(60.0, pause * 2 or 1.0)
            builder.close()
            builder = Builder(config, theme, log=log, retries=retries)
        waiting.wait(pause or (0.2 if any(one.busy for one in companions) else 2.0))
    for companion in companions:
        companion.close()
    builder.close()
    waiting.close()


def _gone(error: Exception) -> Path | None:
    """The repository that was taken away while it was read: the next build knows of that."""
    if isinstance(error, NoRepositoryError) and not error.path.exists():
        return error.path
    return None
