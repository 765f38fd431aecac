"""A mailbox here says nothing more of who sent it what was erased."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail


def test_a_mailbox_that_lost_a_copy_says_no_more_who_sent_it(tmp_path: Path) -> None:
    """Each commit of a mailbox names the sender; the copy went, and that stayed for good."""
    hub = smallhub.make(tmp_path / "hub")
    memberstore.add_mailbox(hub, "bo", forward="", keep=True)
    Spool(hub.spool_in).put([item(mail(), "bar@hub.example", "bo@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())
    kept = open_repo(hub.mailboxes / "bo.git")
    assert b"Sender: ana@union.example" in kept.git("log", "main")
    who, log = "ana@union.example", maillog.to_nobody()
    order, receipt = erase.erase(hub, who, reason="asked", by="op", log=log)
    assert b"ana@" not in kept.git("log", "main")
    assert list(leftovers.search(hub, receipt, order.needles)) == []
