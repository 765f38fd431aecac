"""Puts the sample network's mail into the spool, as if its people had sent it and had answered,
when asked, that they wrote it: there is no mail server that could prove them.

Its dates are moved and drawn together so that the newest message was written a moment ago: a post
counts as written at most a week before it comes in, and what people try out should look alive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import click

from solicomm_build.features.founding.founding import DOMAIN_MARK, sample_mail
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.ingest import archive
from solicomm_build.message.parse import parse

_SPAN = timedelta(days=6, hours=12)
_DATE = re.compile(rb"(?im)^Date:[^\n]*(?:\n[ \t][^\n]*)*")


def send(config: Config) -> None:
    """Sends every sample message, unless a conference has posts: then it was done before."""
    messages = [item for item in _sample(config) if not _has_posts(config, item[0])]
    if not messages:
        return
    spool = Spool(config.spool_in)
    for conference, raw in messages:
        spool.put([item(config, conference, raw)])
    spool.ring()
    click.echo(f"  sample  {len(messages)} messages put into the spool")


def item(config: Config, conference: str, raw: bytes) -> Item:
    """A message of the sample as it lies in the spool when its author has said that he wrote it."""
    to = (f"{conference}@{config.domain}",)
    lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Item(Envelope(f"sample@{config.domain}", to, clock.now(), proved=True), lines)


def _sample(config: Config) -> Iterator[tuple[str, bytes]]:
    found = [
        (conference, item.raw.replace(DOMAIN_MARK, b"@" + config.domain.encode()))
        for conference, path in sample_mail()
        for item in archive.read(path)
        if item.raw is not None
    ]
    dates = [parse(raw).date for _, raw in found]
    known = [date for date in dates if date is not None]
    now = clock.now() - timedelta(minutes=2)
    for (conference, raw), date in zip(found, dates, strict=True):
        moved = _moved(date or known[0], min(known), max(known), now)
        line = f"Date: {format_datetime(moved)}".encode()
        yield conference, _DATE.sub(line, raw, count=1)


def _moved(date: datetime, first: datetime, last: datetime, now: datetime) -> datetime:
    share = (last - date) / max(last - first, timedelta(seconds=1))
    return now - _SPAN * share


def _has_posts(config: Config, conference: str) -> bool:
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        return bool(reader.tree(MAIN, "topics"))
