"""The builder of a running hub: builds whenever a commit rings; what features do comes after it.

One that may rest ends after a while without work, and notes what it saw: who is begun to look, and
finds that nothing has moved since, ends at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from solicomm_build.builder import bell, hooks, loading
from solicomm_build.builder.apart import watching
from solicomm_build.builder.apart.retries import Retries
from solicomm_build.builder.front import branding
from solicomm_build.builder.givingway import give_way
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import NoRepositoryError
from solicomm_build.foundation.hub import cells, settled
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import Watch

_trace = logging.getLogger("solicomm.pages")

LOOKS = 10
"""Looks in vain after which a builder that may rest ends; two seconds each."""
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
    is_resting: bool = False,
) -> None:
    """Builds whenever a commit rings, until `stop` says so. A build that fails is tried again, with
    growing pauses; what it should have shown stays in git. `watch` ends this process, or one of its
    children, when one post or page holds it. `shows` is called whenever all that was there when a
    build began is on the pages. With `is_resting` it ends when there is nothing to do."""
    watching.begin(watch, log or maillog.to_stderr())
    waiting = bell.of(config)
    rings, shown = waiting.wait(0), is_resting and _is_as_it_was(config)
    if shown and not rings:
        return
    retries = Retries()
    builder = Builder(config, theme, log=log, retries=retries)
    companions = [one.companion(config) for one in hooks.afterwards()]
    pause, idle = 0.0, 0
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
            idle = idle + 1 if report.idle else 0
            if report.idle:
                builder.rest()
        except Exception as error:  # noqa: BLE001 - the stage's edge: the trace is logged, the data is in git
            gone = _gone(error)
            if gone is not None and pause == 0.0:
                _trace.info("%s was renamed or removed during a build, which begins again", gone)
            else:
                _trace.exception("a build failed")
            pause, idle = min(60.0, pause * 2 or 1.0), 0
            builder.close()
            builder = Builder(config, theme, log=log, retries=retries)
        is_busy = any(one.busy for one in companions)
        if waiting.wait(pause or (0.2 if is_busy else 2.0)) or is_busy:
            idle = 0
        elif is_resting and idle >= LOOKS and _rests(config, builder.mark()):
            break
    for companion in companions:
        companion.close()
    builder.close()
    waiting.close()


def _is_as_it_was(config: Config) -> bool:
    """Whether the hub is as the builder before this one left it when it came to rest; if not, that
    counts no more."""
    file = config.state / settled.AT_REST
    clocks = (clock.now().date(), clock.past_hour())
    now = loading.mark(config, loading.tips(config), clocks, branding.stamps(config))
    try:
        is_same = file.read_text("ascii") == now
    except (OSError, ValueError):
        return False
    if not is_same:
        file.unlink(missing_ok=True)
    return is_same


def _rests(config: Config, mark: str | None) -> bool:
    """Notes what a builder has seen that comes to rest; False where it has to stay."""
    if mark is not None:
        safeio.write_atomic(config.state / settled.AT_REST, mark.encode("ascii"), durable=False)
    return mark is not None


def _gone(error: Exception) -> Path | None:
    """The repository that was taken away while it was read: the next build knows of that."""
    if isinstance(error, NoRepositoryError) and not error.path.exists():
        return error.path
    return None
