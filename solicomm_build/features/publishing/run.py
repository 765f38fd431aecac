"""The stage that publishes: after each build, and now and then, for what else writes pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from solicomm_build.features.publishing.publisher import Report, TreePublisher
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects import client
from solicomm_build.foundation.objects.client import ObjectsError

_SOON, _LATE = 1.0, 60.0
"""Seconds between two looks: soon after something changed, late when nothing does. The search's
index and other files come some seconds after the pages."""


def publishing(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] = lambda: False,
    log: MailLog,
) -> Report:
    """Publishes until `stop()` is true; with `once` until all is there. Blocking.

    A store that does not answer is tried again, later and later; with `once` it raises
    ObjectsError. Raises HubError when the settings name no buckets for pages.
    """
    waiting, pause, away = bell(config), _SOON, False
    if not once:  # who works beside a served hub does not take its bell
        waiting.listen()
    with _trees(config) as trees:
        whole = Report()
        while not stop():
            report = Report()
            try:
                for tree in trees:
                    report.add(tree.publish(stop))
                if away:
                    log.event("pages-back")
                away = False
            except ObjectsError as error:
                if once:
                    raise
                if not away:
                    log.event("pages-away", reason=error.public)
                away = True
            whole.add(report)
            if report.objects:
                log.event(
                    "pages-put", put=report.put, octets=report.octets, gone=report.gone,
                    objects=report.objects,
                )  # fmt: skip
            if once and not report.objects:
                whole.files = report.files
                break
            pause = _SOON if report.objects else min(_LATE, 2 * pause)
            if not once and _waits(waiting, pause, stop):
                pause = _SOON
    waiting.close()
    return whole


def bell(config: Config) -> Bell:
    """Whoever has built pages rings it."""
    return Bell(config.state / "bells" / "publish")


def is_wanted(config: Config) -> bool:
    """Whether pages are published at all."""
    return config.cluster.s3 is not None and bool(config.cluster.s3.pages)


def _waits(waiting: Bell, pause: float, stop: Callable[[], bool]) -> bool:
    end = time.monotonic() + pause
    while (left := end - time.monotonic()) > 0 and not stop():
        if waiting.wait(min(1.0, left)):
            return True
    return False


@contextmanager
def _trees(config: Config) -> Iterator[list[TreePublisher]]:
    s3 = config.cluster.s3
    if s3 is None or not s3.pages:
        raise HubError(
            "hub.yaml names no buckets for pages. Add `pages`, `members` and `files` to "
            "`cluster: s3:` (docs/formats/hub-yaml.md)"
        )
    buckets = {use: client.bucket(s3, use, config.keys) for use in ("pages", "members", "files")}
    node = config.cluster.node or "one"
    found = []
    try:
        for root, is_public in ((config.public, True), (config.member_pages, False)):
            found.append(TreePublisher(root, config.state, buckets, node, is_public=is_public))
        yield found
    finally:
        for one in found:
            one.close()
