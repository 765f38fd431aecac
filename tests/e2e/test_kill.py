"""kill -9 of everything while mail comes in: what got a 250 is kept, once.

4 connections → bridge → spool/in → ingest → repository → builder → public/
                    ✗          ✗        ✗             ✗         ✗
"""

from __future__ import annotations

import json
import smtplib
import threading
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.post.post import parse_path
from solicomm_build.post.store import fsck
from solicomm_build.testing import hubs, served, smallhub
from solicomm_build.testing.served import Served

MESSAGES = 400
CONNECTIONS = 4
KILL_AFTER = (40, 95)  # messages that got a 250


def message(number: int) -> bytes:
    """Eight topics; in each, every message answers the one before it."""
    topic, before = number % 8, number - 8
    answers = f"References: <{topic}@union.example> <{before}@union.example>\r\n"
    return (
        f"From: Member {number % 5} <m{number % 5}@union.example>\r\n"
        f"To: organising@hub.example\r\nSubject: Topic {topic}\r\n"
        f"Date: Tue, 24 Nov 2026 11:{number // 60:02}:{number % 60:02} +0000\r\n"
        f"Message-ID: <{number}@union.example>\r\n{answers if before >= 0 else ''}\r\n"
        f"Words number {number}.\r\n"
    ).encode()


class Senders:
    """Four clients that send until everything got its 250, whatever happens to the server. The
    last messages wait until `finish`, so that some are left however late the server is killed."""

    def __init__(self, hub: Served) -> None:
        self.hub = hub
        self.accepted: set[int] = set()
        self.changed = threading.Condition()
        self._may_finish = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(list(range(first, MESSAGES, CONNECTIONS)),))
            for first in range(CONNECTIONS)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, numbers: list[int]) -> None:
        self._send_until(numbers, left=1)
        self._may_finish.wait()
        self._send_until(numbers, left=0)

    def _send_until(self, numbers: list[int], *, left: int) -> None:
        while len(numbers) > left:
            with suppress(OSError, smtplib.SMTPException), self.hub.client() as client:
                while len(numbers) > left:
                    client.sendmail(
                        "a@union.example", ["organising@hub.example"], message(numbers[0])
                    )
                    with self.changed:
                        self.accepted.add(numbers.pop(0))
                        self.changed.notify_all()

    def wait(self, count: int) -> None:
        """Until so many got a 250."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.accepted) >= count, 60)

    def release(self) -> None:
        """Lets the last messages go."""
        self._may_finish.set()

    def finish(self) -> None:
        self.release()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


def test_a_kill_at_any_moment_loses_and_doubles_nothing(built_hub: Config) -> None:
    hub = served.start(built_hub)
    senders = Senders(hub)
    try:
        for count in KILL_AFTER:
            senders.wait(count)
            senders.hub.kill()
            kept = set(senders.accepted)
            senders.hub = served.start(built_hub)
        senders.finish()
        assert kept < senders.accepted == set(range(MESSAGES))
        senders.hub.until(lambda: _settled(built_hub), "rest")
        assert senders.hub.end() == 0
    finally:
        senders.release()
        senders.hub.kill()
    _check(built_hub)
    assert hubs.differences(built_hub) == []


def _settled(hub: Config) -> str:
    told = CliRunner().invoke(main, ["status", "--json", "--hub", str(hub.root)])
    facts = json.loads(told.output) if told.exit_code == 0 else None
    if facts is None or facts["spool"]["in"]:
        return ""
    behind = facts["conferences"]["organising"]["behind"]
    return "" if any(behind.values()) else "settled"


def _check(hub: Config) -> None:
    wanted = {str(post_id(f"{number}@union.example")) for number in range(MESSAGES)}
    files = smallhub.files(hub.conference_repo("organising"))
    kept = [ids[1] for ids in map(parse_path, files) if ids]
    assert sorted(kept) == sorted(wanted)
    mail = smallhub.files(hub.mail_repo)
    assert {Path(path).stem for path in mail} == wanted
    assert list(hub.spool_quarantine.iterdir()) == []
    for number in range(8):
        topic = hub.public / f"conferences/organising/t/{post_id(f'{number}@union.example')}"
        pages = [path.read_text("utf-8") for path in topic.rglob("index.html")]
        text = "".join(page.partition("</head>")[2] for page in pages)  # heads have beginnings, too
        for answer in range(number, MESSAGES, 8):
            assert text.count(f"Words number {answer}.") == 1
    assert fsck.check(hub) == []
