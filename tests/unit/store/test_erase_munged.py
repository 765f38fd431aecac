"""Posts that another list had sent in its own name are their authors', who can be told by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase, leftovers, personal
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.importer import run_import
from solicomm_build.message.auth.authorship import writers
from solicomm_build.message.parse import parse
from solicomm_build.people.roster import Roster
from solicomm_build.testing import smallhub

ANA, LIST = "ana@union.example", "water@lists.example"
MUNGED = f"""\
From: "Ana Paz via Water" <{LIST}>
%s
To: {LIST}
List-Id: Water <water.lists.example>
List-Post: <mailto:{LIST}>
Message-ID: <%s@union.example>
Date: Tue, 24 Nov 2026 10:00:00 +0000
Subject: Shifts

Only the branch office may know this sentence
"""
WAYS = (
    f"Reply-To: Ana Paz <{ANA}>",
    f"Reply-To: {LIST}\nCc: Bo <bo@union.example>, Ana Paz <{ANA}>",
    f"X-Original-From: =?utf-8?q?Ana_Paz?= <{ANA}>\nReply-To: {LIST}",
    f"X-MailFrom: {ANA.upper()}",
)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    mails = [MUNGED % (way, f"p{number}") for number, way in enumerate(WAYS)]
    mails.append((MUNGED % ("Reply-To: bo@union.example", "bos")).replace("Ana Paz via", "Bo via"))
    box = tmp_path / "water.mbox"
    box.write_text("".join(f"From x Tue Nov 24 10:00:00 2026\n{one}\n" for one in mails))
    run_import(made, "bar", [box])
    return made


def test_they_are_told_and_go_with_their_author(hub: Config) -> None:
    """All of them stayed on the pages, though the command said that it was done."""
    kept = personal.about(hub, ANA, Roster())
    assert {one.mid for one in kept.mails} == {post_id(f"p{n}@union.example") for n in range(4)}
    _, receipt = erase.erase(hub, ANA, reason="asked", by="op", log=maillog.to_nobody())
    assert receipt.removed["content/conferences/bar.git"] == 4
    told = open_repo(hub.conference_repo("bar")).git("log", "-p", "main")
    assert b"Ana Paz" not in told
    assert told.count(b"Only the branch office") == 1, "that of somebody else"
    assert not [*leftovers.search(hub, receipt, [ANA])]


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (("List-Post: <mailto:water", "List-Post: <mailto:fire"), (LIST, ANA)),  # by its List-Id
        (("List-", "X-List-"), (LIST,)),
        ((LIST + ">\nR", "ben@union.example>\nR"), ("ben@union.example",)),
    ],
)
def test_only_what_a_list_sent_is_somebody_else_s(
    change: tuple[str, str], by: tuple[str, ...]
) -> None:
    message = parse((MUNGED % (WAYS[0], "p")).replace(*change).encode())
    assert writers(message) == by


MASKED = """\
From ana at union.example  Tue Mar 11 12:36:52 2003
From: %s
Date: Tue, 11 Mar 2003 12:36:52 +0100
Subject: [Water] Shifts
Message-ID: <%s@lists.example>

Only the branch office may know this sentence
"""


@pytest.mark.parametrize(
    "written",
    [
        "ana at union.example (Ana Paz)",
        "Ana en union.example (Ana Paz)",  # in the list's language
        "ana at union.example",
        "Ana Paz <ana at union.example>",
    ],
)
def test_what_mailman_s_web_archive_gives_is_its_author_s(tmp_path: Path, written: str) -> None:
    """It has addresses that only people read: nothing of it was found by one."""
    hub, box = smallhub.make(tmp_path / "hub"), tmp_path / "2003-March.txt"
    box.write_text(
        "\n".join(
            MASKED % (who, number)
            for number, who in enumerate([written, "bo at union.example (Bo)", "Ana at home"])
        )
    )
    run_import(hub, "bar", [box])
    kept = personal.about(hub, ANA, Roster())
    assert [one.mid for one in kept.mails] == [post_id("0@lists.example")]
    _, receipt = erase.erase(hub, ANA, reason="asked", by="op", log=maillog.to_nobody())
    assert receipt.removed["content/conferences/bar.git"] == 1
    told = open_repo(hub.conference_repo("bar")).git("log", "-p", "main")
    assert told.count(b"Only the branch office") == 2, "those of others"
