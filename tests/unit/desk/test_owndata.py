"""`mydata` and `solicomm member data`: all that is kept about a person, and nothing of others."""

from __future__ import annotations

import io
import json
import mailbox
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.privacy import owndata
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.git import pushes as pushes_log
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import access, rosterevents
from solicomm_build.post import decision
from solicomm_build.post.store.mailstore import MailStore, author_hash
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, CONSENT, NOW, DeskHub

ANA, BEN = "ana@union.example", "ben@union.example"
TITLE = {lang: gettext(lang, "Your data") for lang in ("en", "fr", "es", "pt", "ar", "ru")}


def mail(number: int, sender: str, body: str, *, proven: bool = True) -> bytes:
    vouched = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    raw = smallhub.mail(
        body,
        *([vouched] if proven else []),
        msgid=f"<o{number}@union.example>",
        subject=f"Strike {number}",
        sender=f"Somebody <{sender}>",
    )
    raw = raw.replace(b"bar@hub", b"water@hub")
    return raw.replace(b"04 Mar 2026", b"%02d Mar 2026" % number)


def take(hub: DeskHub, *mails: bytes) -> None:
    items = [
        Item(Envelope("x@union.example", ("water@hub.example",), hub.now), raw) for raw in mails
    ]
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put(items)
        ingest(hub.config, once=True, log=maillog.to_nobody())


def data_of(letters: list[Message]) -> tuple[dict[str, Any], dict[str, bytes], Message]:
    (told,) = (one for one in letters if one.subject == TITLE[one.language or "en"])
    parts = {part.name: part.payload for part in told.attachments}
    return json.loads(parts["my-data.json"]), parts, told


def mails_in(packed: bytes, folder: Path) -> list[bytes]:
    """The mails in the ZIP, as a mail program reads the mbox in it."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        octets = archive.read("my-mail.mbox")
    path = folder / "read.mbox"
    path.write_bytes(octets)
    box = mailbox.mbox(path)
    return [box.get_bytes(name, from_=False) for name in box.keys()]  # noqa: SIM118


@pytest.fixture
def full(hub: DeskHub) -> DeskHub:
    """Ana wrote, was held and bounced; Ben wrote, too."""
    hub.member(1, "old@union.example", "water", name="Ana Paz", lang="en", digest="daily")
    hub.member(2, BEN, "water", role="moderator")
    hub.note(
        rosterevents.member(
            1, ANA, at=NOW, consent=rosterevents.Consent("mail", "moved"), name="Ana Paz"
        ),
        rosterevents.mailbox(
            "paz", at=NOW, by="operator", number=1, forward="paz@elsewhere.example"
        ),
        rosterevents.bounce(1, "water", "full", "2026-11-20", at=NOW, diagnostic="mailbox is full"),
        rosterevents.role("water", 1, "moderator", at=NOW, by="member:2"),
    )
    access.issue(hub.config, ANA, ["conferences/water"])
    access.issue(hub.config, BEN, ["conferences/water"])
    pushes = [(ANA, "conferences/water"), (BEN, "conferences/board")]
    pushes_log.note_pushes(hub.config, [{"person": who, "repo": repo} for who, repo in pushes])
    take(
        hub,
        mail(1, ANA, "Own words.\r\nFrom here on\r\n>From there"),
        mail(2, BEN, "Of Ben, not Ana."),
        mail(3, "old@union.example", "Earlier words."),
        mail(4, BEN, f"Ben quotes {ANA}."),
    )
    store = MailStore(open_repo(hub.config.mail_repo))
    raw, mid = mail(5, ANA, "Held words.", proven=False), post_id("o5@union.example")
    with clock.fixed(hub.now):
        store.begin()
        store.hold("water", mid, raw, {"rule": "spam", "reason": "it looks like spam"})
        store.checkpoint("Hold", when=hub.now)
        store.begin()
        made = decision.Decision("reject", "member:2", hub.now, "Please write shorter")
        store.decide("water", mid, decision.encode(made))
        store.release("water", mid)
        store.note(f"discard decided water/{mid} author={author_hash(ANA)} by=member-2")
        store.checkpoint("Release", when=hub.now)
    store.close()
    (hub.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    return hub


@pytest.mark.parametrize("joins", [False, True])
def test_who_reads_an_old_mailbox_gets_nothing_of_who_had_it(hub: DeskHub, joins: bool) -> None:
    """What she wrote among members, what was decided, her name: all of it came to that mailbox."""
    old, moved = "old@union.example", rosterevents.Consent("owner", "another address")
    hub.member(1, old, "water", name="Ana Paz", lang="en")
    take(hub, mail(3, old, "Earlier words."))
    hub.work()
    hub.note(rosterevents.member(1, ANA, at=hub.now, consent=moved, name="Ana Paz"))
    letters = hub.ask("solicomm", "mydata", sender=old)
    assert any("We keep nothing about this address." in one.text for one in letters)
    assert not any(one.attachments for one in letters)
    if joins:
        hub.member(3, old, "water", name="Newcomer")
    hub.now += timedelta(days=200)
    take(hub, mail(9, old, "Of who came later.").replace(b"Mar 2026", b"Mar 2027"))
    facts, parts, _ = data_of(hub.ask("solicomm", "mydata", sender=old, name="Newcomer"))
    text = json.dumps(facts)
    assert [one["subject"] for one in facts["messages"]] == ["Strike 9"]
    assert "Ana Paz" not in text
    assert ANA not in text
    assert post_id("o3@union.example") not in text
    with zipfile.ZipFile(io.BytesIO(parts["my-mail.zip"])) as archive:
        assert b"Earlier words" not in archive.read("my-mail.mbox")
    assert facts["member"].get("name", "Newcomer") == "Newcomer"
    assert "Strike 3" not in text


def test_everything_comes_to_the_member(full: DeskHub, tmp_path: Path) -> None:
    facts, parts, told = data_of(full.ask("water-request", "mydata"))
    assert [one.addr_spec for one in told.to] == [ANA]
    assert facts["member"]["address"] == ANA
    assert facts["lists"] == {"water": {"digest": "daily"}}
    assert {(one["source"], one.get("to", "")) for one in facts["consents"]} == {
        ("owner", ""),
        ("owner", "water"),
        ("mail", ""),
    }
    assert facts["roles"] == {"water": "moderator"}
    assert [one["forward"] for one in facts["mailboxes"]] == ["paz@elsewhere.example"]
    assert [one["diagnostic"] for one in facts["bounces"]] == ["mailbox is full"]
    (grant,) = facts["access"]["grants"]
    assert grant["name"].startswith("t-")
    assert "secret" not in grant
    assert [one["repo"] for one in facts["access"]["pushes"]] == ["conferences/water"]
    assert [one["subject"] for one in facts["messages"]] == ["Strike 1", "Strike 3", "Strike 5"]
    assert facts["messages"][0]["pages"][0].startswith(full.config.url + "/conferences/water/t/")
    assert facts["messages"][0]["proof"] == "aligned"
    said = json.dumps(facts["moderation"])
    assert "Please write shorter" in said
    assert "accept" in said
    mails = mails_in(parts["my-mail.zip"], tmp_path)
    assert len(mails) == 3
    assert b"Own words.\r\n>From here on\r\n>>From there" in mails[0]
    assert (
        mails[0]
        .replace(b"\n>From", b"\nFrom")
        .replace(b"\n>>From", b"\n>From")
        .startswith(mail(1, ANA, "Own words.\r\nFrom here on\r\n>From there"))
    )  # octets as they came, but for the sign of the mbox


def test_nothing_of_others_is_in_it(full: DeskHub, tmp_path: Path) -> None:
    facts, parts, _ = data_of(full.ask("water-request", "mydata"))
    whole = json.dumps(facts)
    assert "ben" not in whole.lower()
    assert "member:2" not in whole
    assert "member-2" not in whole
    assert b"Ben" not in b"".join(mails_in(parts["my-mail.zip"], tmp_path))
    assert "hash" not in {name for event in facts["history"] for name in event}


def test_what_its_tokens_say_of_others_is_not_in_it(full: DeskHub) -> None:
    """A moderator's of who asked to join, and of whoever wrote through a card."""
    joins = {"join": "eve@dock.example", "name": "Eva Dockworker", "number": 1}
    wrote = {"card": "c_abcdefghij", "peer": "eve@dock.example", "to": "visitor"}
    own: dict[str, Any] = {"old": ANA, "rows": [["add", "eve@dock.example"], ["pause"]]}
    events: list[dict[str, Any]] = [joins, wrote, own]
    until = NOW + timedelta(days=14)
    for number, data in enumerate(events):
        digest = f"{number:064x}"
        full.note(rosterevents.token(digest, "a", "", ANA, at=NOW, expires=until, data=data))
    facts, _, _ = data_of(full.ask("water-request", "mydata"))
    assert "dock" not in json.dumps(facts).lower()
    told = [one["data"] for one in facts["history"] if one["type"] == "token" and "data" in one]
    assert told[:3] == [{}, {}, {"old": ANA, "rows": [["add", "…"], ["pause"]]}]


def test_whenever_it_is_asked_for_but_five_times_a_day_at_most(full: DeskHub) -> None:
    def comes() -> bool:
        return any(one.subject == "Your data" for one in full.ask("water-request", "mydata"))

    for number in range(12):
        full.ask("water-request", f"search {number}")  # other answers are used up
    assert [comes() for _ in range(6)] == [True] * 5 + [False]
    full.now += timedelta(days=1)
    assert comes()


def test_only_to_the_address_that_is_confirmed(full: DeskHub) -> None:
    letters = full.ask("water-request", "mydata", proven=False, mail_from="eve@evil.example")
    (asked,) = (one for one in letters if "confirm+" in (one.field("Reply-To") or ""))
    assert asked.to[0].addr_spec == ANA
    assert "Your data" not in {one.subject for one in letters}
    _, _, told = data_of(full.reply(asked, proven=False))
    assert told.to[0].addr_spec == ANA


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_in_the_members_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, ANA, "water", lang=lang)
    _, _, told = data_of(hub.ask("water-request", "mydata"))
    wanted = gettext(lang, "If something is wrong, or you want it deleted, write to us.")
    assert " ".join(wanted.split()) in " ".join(told.text.split())
    assert told.language == lang


def test_who_is_no_member_gets_what_they_wrote(hub: DeskHub, tmp_path: Path) -> None:
    hub.member(2, BEN, "water", role="moderator")
    (nothing,) = hub.ask("water-request", "mydata")
    assert "We keep nothing about this address." in nothing.text
    take(hub, mail(1, ANA, "A stranger's words."))
    hub.now += timedelta(days=2)
    facts, parts, _ = data_of(hub.ask("water-request", "mydata"))
    assert facts["member"] == {}
    assert b"A stranger's words." in mails_in(parts["my-mail.zip"], tmp_path)[0]


def test_an_earlier_address_that_is_somebody_elses_now_is_theirs(full: DeskHub) -> None:
    full.note(rosterevents.member(7, "old@union.example", at=NOW, consent=CONSENT))
    facts, _, _ = data_of(full.ask("water-request", "mydata"))
    assert [one["subject"] for one in facts["messages"]] == ["Strike 1", "Strike 5"]


def test_what_has_no_room_in_one_mail_is_said(
    full: DeskHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(owndata, "_MOST_OCTETS", 600)
    facts, parts, told = data_of(full.ask("water-request", "mydata"))
    assert len(facts["messages"]) == 3
    assert len(mails_in(parts["my-mail.zip"], tmp_path)) < 3
    assert "write to us, and we give you the rest" in " ".join(told.text.split())


def test_the_operator_gives_it_out_as_a_file(full: DeskHub, tmp_path: Path) -> None:
    run, out = CliRunner(), tmp_path / "ana.zip"
    hub = ["--hub", str(full.config.root)]
    done = run.invoke(main, ["member", "data", ANA, "--out", str(out), *hub])
    assert done.exit_code == 0, done.output
    assert "3 messages" in done.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert len(mails_in(out.read_bytes(), tmp_path)) == 3
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("my-data.json"))["member"]["number"] == 1
    shown = run.invoke(main, ["member", "data", ANA, *hub])
    assert json.loads(shown.output)["member"]["name"] == "Ana Paz"
    unknown = run.invoke(main, ["member", "data", "nobody@union.example", *hub])
    assert unknown.exit_code != 0
    assert "Nothing is kept about nobody@union.example" in str(unknown.exception) + unknown.output


def test_the_octets_reach_the_mail_whole(full: DeskHub) -> None:
    """Bare line feeds would be no mail (RFC 5322 2.3)."""
    full.send("water-request", "mydata")
    for item in full.work():
        assert b"\n" not in item.raw.replace(b"\r\n", b"")
        parse(item.raw)
