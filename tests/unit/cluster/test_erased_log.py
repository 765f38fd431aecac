"""What a machine's own log says of a person, by a hash, goes when another machine erased them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erasures, following
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.foundation import clock, maillog
from solicomm_build.testing import smallhub

ANA, EARLIER, BO = "ana@union.example", "ana@home.example", "bo@union.example"


@pytest.mark.parametrize("has_key", [True, False])
def test_hashed_lines_go_on_the_other_machines_too(tmp_path: Path, has_key: bool) -> None:
    """They were looked for by hashes that no log has."""
    hub = smallhub.make(tmp_path / "hub")
    log = maillog.to_file(hub.mail_log, key=hub.keys / maillog.KEY)
    for address in (ANA, EARLIER, BO):
        log.event("accepted", rcpt_to=address)
    if not has_key:
        (hub.keys / maillog.KEY).unlink()
    now = clock.now().isoformat()
    order = Order("x", now, "op", "asked", (), address=ANA, member=1, earlier=(EARLIER,))
    erasures.keep(erasures.todo(hub, "x"), asdict(order))
    receipt = Receipt("x", now, "op", "asked", (), member=1, done=now)
    erasures.keep(erasures.receipt_file(hub, "x"), asdict(receipt))
    following.follow(hub)
    said = hub.mail_log.read_text()
    assert log.who(BO) in said
    assert (log.who(ANA) in said) is (log.who(EARLIER) in said) is not has_key
    assert (hub.keys / maillog.KEY).exists() is has_key, "looking makes no key"
