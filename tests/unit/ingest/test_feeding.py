"""A list that may feed another is known by what proves its server, never by what a mail says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.post.postingrules import PostingRules
from solicomm_build.testing import smallhub

NAME = "mx.hub.example"


@pytest.mark.parametrize(
    ("found", "event"),
    [
        ("spf=pass smtp.mailfrom=lists.union.example", "accept"),
        ("dkim=pass header.d=union.example; dmarc=fail (p=none) header.from=far.example", "accept"),
        ("spf=pass smtp.mailfrom=evil.example", "hold"),
        ("dkim=pass header.d=evil.example", "hold"),
        ("spf=fail smtp.mailfrom=lists.union.example", "hold"),
        ("spf=softfail smtp.mailfrom=lists.union.example; dkim=none", "hold"),
        ("", "hold"),
    ],
)
def test_a_list_feeds_only_with_its_server_proved(tmp_path: Path, found: str, event: str) -> None:
    rules = PostingRules(siblings=("news.lists.union.example",))
    bar = Conference("bar", {"en": "Bar"}, kind="list", posting="members", policy=rules)
    hub = replace(smallhub.make(tmp_path / "hub", bar), authserv_id=NAME)
    fields = ["List-Id: News <news.lists.union.example>", "Precedence: list"]
    if found:
        fields.insert(0, f"Authentication-Results: {NAME}; {found}")
    raw = smallhub.mail("News", *fields, sender="Eve <eve@far.example>")
    one = smallhub.item(raw, mail_from="news-bounces@lists.union.example")
    Spool(hub.spool_in).put([one])
    events = maillog.to_nobody()
    ingest(hub, once=True, log=events)
    assert events.counters()[event] == 1, events.counters()
