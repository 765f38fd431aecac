"""What came back is read without asking the roster for all of its people at each.

10 members, 40 members; mail to all of them came back → one batch → looks into all that came back
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces import bouncebreaker
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.whatcameback import refusal
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.people.rosterevents import Consent, member, subscribe
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub


def _read(root: Path, count: int) -> int:
    """Reads as many bounces as there are members; how many were read."""
    config = smallhub.make(root, Conference("bar", {"en": "Bar"}, kind="list"))
    events, now = [], clock.now()
    for number in range(1, count + 1):
        to = f"m{number}@union.example"
        events.append(member(number, to, at=now, consent=Consent("mail")))
        events.append(subscribe("bar", number, at=now, consent=Consent("mail")))
    smallhub.add_events(config, events)
    spool, key = Spool(config.spool_bounces), keys.token_key(config.keys)
    for number in range(1, count + 1):
        to = f"m{number}@union.example"
        spool.put([refusal(config, key, "bar", number, to, "550 5.1.1 No such user")])
    work = Bounces(config, Spool(config.spool_out), maillog.to_nobody())
    try:
        return work.run()
    finally:
        work.close()
        spool.close()


def test_a_batch_asks_once_who_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Counter[str]] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            found[-1][name] += 1
            return real(*args)

        return called

    monkeypatch.setattr(bouncebreaker, "_returned", counted("returned", bouncebreaker._returned))
    monkeypatch.setattr(rules, "domain_of", counted("domains", rules.domain_of))
    for count in (10, 40):
        found.append(Counter())
        assert _read(tmp_path / str(count), count) == count
    few, more = found
    assert more["returned"] == few["returned"]
    assert more["domains"] <= 4 * few["domains"]
