"""The stages as functions that run until they are asked to stop; the stage commands and the
supervisor call them. Imports happen inside: a process loads only its own stage."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from solicomm_build.foundation import maillog
from solicomm_build.foundation.bell import Bell, of_builder
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import modes
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import OWN, Pulse, Ringer, Stage, of_cell, of_features
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import FOLDER, Watch

if TYPE_CHECKING:  # those who wait for several things at once load it
    import asyncio

Ready = Callable[[], None]

_COLLECTED = 20_000
"""Objects that ingest makes between two looks for cycles, of which mail leaves none: after Python's
own 700 a fortieth of its time went into looking."""
BUILDERS = 7
"""How much pages stand back: they wait for mail that comes, and go before what else a post sets
going."""
_LOOKS = 60.0
"""Seconds between the looks of a courier that rests: digests have their hour, and every mail that
comes or goes rings."""


def bridge(config: Config, ready: Ready) -> None:
    """Takes mail by SMTP and LMTP."""
    import asyncio

    from solicomm_build.bridge.run import serve_bridge
    from solicomm_build.cli.stages import renewing, until_asked
    from solicomm_build.people.directory import directory_of
    from solicomm_build.people.rosterstore import RosterStore

    roster = RosterStore.of(config)
    log = log_of(config)

    tls = Certificates(config)

    async def work(stop: asyncio.Event) -> None:
        renewing(tls)
        await serve_bridge(
            config,
            smtp=config.smtp,
            lmtp=config.lmtp,
            stop=stop,
            directory=directory_of(config, roster.roster),
            log=log,
            ready=lambda names: ready(),
            tls=tls,
        )

    asyncio.run(until_asked(work, Pulse(config.state, "bridge")))


def ingest(config: Config, ready: Ready) -> None:
    """Turns accepted mail into commits."""
    import gc

    from solicomm_build.cli.stages import stand_back, stopper
    from solicomm_build.ingest import run as stage

    name = of_cell("ingest", config.cell)
    stand_back(5)  # where both want the processor, senders come first: what they sent is kept
    gc.set_threshold(_COLLECTED)
    stage.ingest(
        config,
        once=False,
        stop=stopper(Pulse(config.state, name)),
        on_commit=ring_after_commit(config),
        on_warm=ready,
        log=log_of(config),
        watch=watch_of(config, name),
    )


def build(config: Config, ready: Ready) -> None:
    """Keeps the pages up to date."""
    from solicomm_build.builder.serving import serve_builder
    from solicomm_build.cli.stages import stand_back, stopper
    from solicomm_build.foundation import data

    modes.open_pages(config.public)
    stand_back(BUILDERS)
    ready()
    stop = stopper(Pulse(config.state, "build"))
    serve_builder(
        config,
        data.theme(),
        stop,
        log=log_of(config),
        watch=watch_of(config, "build"),
        shows=partial(nodes.have_pages, config) if config.cluster.divided else lambda: None,
        is_resting=not config.cluster.divided,
    )


def desk(config: Config, ready: Ready) -> None:
    """Answers commands by mail, and writes to moderators."""
    from solicomm_build.cli.stages import stand_back, stopper
    from solicomm_build.desk import run as stage

    stand_back(12)  # an answer by mail may be there a moment later
    ready()
    on_commit = ring_after_commit(config)
    stop = stopper(Pulse(config.state, "desk"))
    log, watch = log_of(config), watch_of(config, "desk")
    memory = None if config.cluster.divided or not _memory else _memory[0]
    stage.desk(config, stop=stop, on_commit=on_commit, log=log, watch=watch, memory=memory)


def deliver(config: Config, ready: Ready) -> None:
    """Sends mail out."""
    import asyncio

    from solicomm_build.cli.stages import stand_back, until_asked
    from solicomm_build.courier.run import deliver as stage

    stand_back(10)  # a post stands on its page before its copies are on their way
    untold = [ready]

    def tell() -> None:
        while untold:
            untold.pop()()

    name = of_cell("deliver", config.cell)
    log, watch = log_of(config), watch_of(config, name)
    work = partial(stage, config, on_warm=tell, log=log, watch=watch, is_resting=True)
    try:
        asyncio.run(until_asked(lambda stop: work(stop=stop), Pulse(config.state, name)))
    except HubError:
        tell()  # another courier is on its way out: no reason not to start, we are started again
        raise


def web(config: Config, ready: Ready) -> None:
    """Serves pages and git."""
    import asyncio

    from solicomm_build.cli.stages import renewing, until_asked
    from solicomm_build.web.run import serve_web

    log_of(config)
    tls = Certificates(config)

    def listens(_address: tuple[str, int]) -> None:
        ready()
        if config.cluster.divided:
            nodes.bell(config.state).ring()

    async def work(stop: asyncio.Event) -> None:
        renewing(tls)
        await serve_web(config, stop=stop, http=config.http, ready=listens, tls=tls)

    asyncio.run(until_asked(work, Pulse(config.state, "web")))


def open_log(config: Config) -> None:
    """Opens the log of a hub for the stages that are forked from here: it is appended to, so they
    may share it, and none of them needs memory of its own to open it."""
    _opened[:] = [(config, log_of(config))]


_opened: list[tuple[Config, MailLog]] = []


_memory: list[int] = []


def open_memory() -> None:
    """Lets a desk that is forked from here rest: what its chores remember is left there."""
    if not _memory and hasattr(os, "memfd_create"):
        _memory.append(os.memfd_create("desk"))


def log_of(config: Config) -> MailLog:
    """Where all stages note what happens to mail: one line an event (docs/formats/mail-log.md).
    What this process says besides names nobody either."""
    for whose, log in _opened:
        if whose is config:
            return log
    log = maillog.to_file(
        config.mail_log,
        key=config.keys / maillog.KEY,
        keeping=config.log,
    )
    maillog.quiet_traces(log)
    return log


def watch_of(config: Config, stage: str) -> Watch:
    """What ends this process when one item holds the stage; the supervisor starts it again."""
    return Watch(config.state / FOLDER, stage, config.spool_quarantine)


def ring_after_commit(config: Config) -> Callable[[], None]:
    """Wakes those who follow the log: builder, desk and courier, and stages of features. Who those
    are is looked up at the first commit."""
    bells: list[Ringer] = []

    def ring() -> None:
        if not bells:
            bells.extend(_bells(config))
        for one in bells:
            one.ring()

    return ring


def _bells(config: Config) -> Iterator[Ringer]:
    from solicomm_build.builder import bell
    from solicomm_build.foundation.spool import Spool

    yield bell.of(config)
    yield from (stage.bell(config) for stage in of_features() if stage.bell is not None)
    yield Spool(config.spool_desk)
    yield Spool(config.in_cell(0).spool_out)


def _outgoing(config: Config) -> Bell:
    from solicomm_build.foundation.spool import Spool

    return Spool(config.spool_out).bell


def _asked(config: Config) -> Bell:
    from solicomm_build.foundation.spool import Spool

    return Spool(config.spool_desk).bell


def _committed(config: Config) -> Bell:
    return of_builder(config.state)


_OWN = (
    Stage("bridge", OWN["bridge"], bridge, "solicomm_build.bridge.run"),
    Stage("ingest", OWN["ingest"], ingest, "solicomm_build.ingest.run"),
    Stage(
        "build",
        OWN["build"],
        build,
        "solicomm_build.builder.serving",
        rests=True,
        wakes=_committed,
    ),
    Stage("desk", OWN["desk"], desk, "solicomm_build.desk.run", rests=True, wakes=_asked),
    Stage(
        "deliver",
        OWN["deliver"],
        deliver,
        "solicomm_build.courier.run",
        rests=True,
        wakes=_outgoing,
        looks=_LOOKS,
    ),
    Stage("web", OWN["web"], web, "solicomm_build.web.run"),
)


def stages() -> dict[str, Stage]:
    """All stages by name, in the order mail passes them: the program's own, and those of features
    (their `stages.py`)."""
    every = sorted((*_OWN, *of_features()), key=lambda stage: stage.rank)
    return {stage.name: stage for stage in every}


FIRST = ("ingest", "deliver")
"""Loaded before the others start, so that the first message taken does not wait for them."""
