"""A digest that reads like a page, out to its readers over real SMTP.

list repository + mail.git → features/digests → spool/out → courier/relay.py → SMTP → a real server
"""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.testing.listhub import WHEN, ListHub, message
from tests.e2e.test_list_copies import Server, _once

MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def test_each_reader_gets_one_mail_to_read_and_to_answer(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.members(["ana@union.example", "bo@union.example"], digest="daily")
    with clock.fixed(WHEN):
        _once(hub, Server())
    tid, mid = hub.post(message(1))
    hub.post(message(2, extra="References: <1@union.example>\r\n"))
    server = Server()
    with clock.fixed(WHEN):
        _once(hub, server)
    assert server.taken == []
    with clock.fixed(MORNING):
        _once(hub, server)
    assert server.recipients() == ["ana@union.example", "bo@union.example"]
    leaves = set()
    for _, _, raw in server.taken:
        found = message_from_bytes(raw, policy=policy.default)
        assert found.get_content_type() == "multipart/alternative"
        kinds = [part.get_content_type() for part in found.walk()]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
        assert found["DKIM-Signature"]
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        leaves.add(str(found["List-Unsubscribe"]))
        text, html = (str(part.get_content()) for part in list(found.walk())[1:])
        for form in (text, html):
            assert f"https://hub.example/conferences/water/t/{tid}/#{mid}" in form
            assert f"water+t-{tid}@hub.example" in form
        assert "%" not in text
    assert len(leaves) == 2
    hub.close()
