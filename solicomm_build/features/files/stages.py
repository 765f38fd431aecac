"""The stage that keeps the files of posts, as clean copies."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.cli.running import log_of, ring_after_commit, watch_of
from solicomm_build.cli.stages import stand_back, stopper
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage
from solicomm_build.foundation.maillog import MailLog


def _files(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.files import run as stage

    stand_back(12)  # its children, too: posts come first, pages of many posts after their pictures
    ready()
    stop, ring = stopper(Pulse(config.state, "files")), ring_after_commit(config)
    watch = watch_of(config, "files")
    log = log_of(config)
    stage.files(config, stop=stop, on_commit=ring, log=log, watch=watch, is_resting=True)


def _bell(config: Config) -> Bell:
    from solicomm_build.features.files.run import bell_of

    return bell_of(config)


STAGES = (
    Stage(
        "files",
        30,
        _files,
        "solicomm_build.features.files.run",
        bell=_bell,
        is_long=True,
        rests=True,
        wakes=_bell,
    ),
)


def _settle(config: Config, log: MailLog) -> None:
    from solicomm_build.features.files import run as stage

    stage.settle(config, log)


SETTLE = _settle


def _begin_again(config: Config, conference: str) -> None:
    from solicomm_build.features.files.run import CONSUMER
    from solicomm_build.git.cursor import Cursor
    from solicomm_build.git.repo import open_repo

    Cursor(open_repo(config.conference_repo(conference)), CONSUMER).forget()


BEGIN_AGAIN = {"files": _begin_again}
