"""Loops and backscatter: what must never be answered, or never acted upon."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.foundation import i18n
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Proven
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub, token_in

AUTOMATIC = [
    "Auto-Submitted: auto-replied",
    "auto-submitted: Auto-Generated; owner=x",
    "Auto-Submitted: auto-notified (vacation)",
    "Precedence: bulk",
    "Precedence: LIST",
    "Precedence: junk",
    "Precedence: auto_reply",
    "X-Autoreply: yes",
    "X-Autorespond: away",
    "X-MS-Exchange-Inbox-Rules-Loop: ana@union.example",
    "List-Id: <x.example>",
    "List-Unsubscribe: <mailto:x@y.example>",
    "X-Loop: water@hub.example",
]
MUTE = [
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: OOF, DR",
    "X-Auto-Response-Suppress: AutoReply",
    "X-Spam-Flag: YES",
    "X-Spam: yes",
    "X-Spam-Status: Yes, score=9",
]
LAST = "This is the last answer that you get from us today"
ADDRESSES = ("water-join", "water-leave", "water-request", "water-digest", "water-nomail", "water")


def _acted(hub: DeskHub) -> bool:
    return bool(hub.roster.tokens.facts)


def test_programs_get_nothing_and_do_nothing(hub: DeskHub) -> None:
    for field in AUTOMATIC:
        for to in ADDRESSES:
            hub.send(to, "help", fields=[field])
    assert hub.work() == []
    assert not _acted(hub)
    assert hub.aside() == []


def test_the_null_sender(hub: DeskHub) -> None:
    for to in ADDRESSES:
        assert hub.ask(to, "help", mail_from=None) == []
    assert not _acted(hub)


def test_mail_that_asks_for_silence(hub: DeskHub) -> None:
    for field in MUTE:
        for to in ADDRESSES:
            hub.send(to, "help", fields=[field])
    assert hub.work() == []
    assert not _acted(hub)


NOBODY = [
    "owner-x@x.example",
    "x-request@x.example",
    "x-bounces@x.example",
    "postmaster@x.example",
    "MAILER-DAEMON@x.example",
    "noreply@x.example",
    "no-reply@x.example",
    "a b@x.example",
    "water@hub.example",
    "water-request@hub.example",
    "water-bounces@hub.example",
]


def test_senders_who_are_nobody(hub: DeskHub) -> None:
    for sender in NOBODY:
        for to in ADDRESSES:
            hub.send(to, "help", mail_from=sender)
    assert hub.work() == []
    assert not _acted(hub)


def test_who_is_not_openly_written_to(hub: DeskHub) -> None:
    for to in ADDRESSES:
        assert hub.ask(to, "help", header_to="somebody@union.example") == []
    (told,) = hub.ask("water-request", "lists", header_to="water+request@hub.example")
    assert told.to[0].addr_spec == "ana@union.example"
    resent = ["Resent-To: <water-request@hub.example>"]
    assert hub.ask("water-request", "owner", header_to="x@union.example", fields=resent)


def test_who_sends_somebodys_mail_on_does_not_write_for_him(hub: DeskHub) -> None:
    """A mail of Ana's to somebody else, with her provider's signature, handed in by that one."""
    hub.member(1, "ana@union.example", "water")
    sent_on = ["Resent-From: eve@evil.example", "Resent-To: <water-request@hub.example>"]
    (asked,) = hub.ask("water-request", "leave", header_to="eve@evil.example", fields=sent_on)
    assert hub.roster.is_subscribed("water", Proven("ana@union.example"))
    assert token_in(asked)
    hub.reply(asked)
    assert not hub.roster.is_subscribed("water", Proven("ana@union.example"))


@pytest.mark.parametrize(
    "results",
    [
        "spf=fail smtp.mailfrom=union.example; dkim=none; dmarc=none",
        "spf=softfail; dkim=fail header.d=union.example; dmarc=fail (p=none)",
        "dmarc=fail (p=reject) header.from=union.example; spf=pass smtp.mailfrom=evil.example",
    ],
)
def test_whom_nothing_vouches_for(hub: DeskHub, results: str) -> None:
    field = f"Authentication-Results: {AUTHSERV}; {results}"
    for to in ADDRESSES:
        assert hub.ask(to, "help", proven=False, fields=[field]) == []
    assert not _acted(hub)


@pytest.mark.parametrize(
    ("peer", "answered"),
    [("8.8.8.8", 0), ("2001:4860:4860::8888", 0), ("127.0.0.1", 1), ("10.1.2.3", 1), ("", 1)],
)
def test_without_authserv_id_only_we_can_vouch_for_the_internet(
    hub: DeskHub, peer: str, answered: int
) -> None:
    hub.config = replace(hub.config, authserv_id=None, dns="off")
    hub.send("water-join", proven=False)
    spool = Spool(hub.config.spool_desk)
    (path,) = spool.pending()
    (item,) = spool.read(path)
    spool.done(path)
    spool.put([replace(item, envelope=replace(item.envelope, peer=peer))])
    assert len(hub.work()) == answered
    assert hub.aside() == []


def test_results_that_somebody_else_wrote_prove_nothing(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    field = "Authentication-Results: mx.evil.example; dmarc=pass header.from=union.example"
    (asked,) = hub.ask("water-leave", proven=False, fields=[field])
    assert asked.reply_to
    assert hub.roster.is_subscribed("water", "ana@union.example")


def test_a_vacation_answer_confirms_nothing(hub: DeskHub) -> None:
    (asked,) = hub.ask("water-join")
    for field in AUTOMATIC:
        assert hub.reply(asked, "I am away", fields=[field]) == []
    assert not hub.roster.is_subscribed("water", "ana@union.example")
    assert asked.from_[0].addr_spec == "water-request@hub.example", (
        "answers to From confirm nothing"
    )


@pytest.mark.parametrize(
    "begins",
    [
        "Out of office: ",
        "[Auto-Reply] ",
        "Réponse automatique : ",
        "Message d'absence : ",
        "Ausente: ",
        "Estoy de vacaciones: ",
        "Ausência: ",
        "Автоответ: ",
        "Я в отпуске: ",
        "\u200fرد تلقائي: ",
        "الرد الآلي: ",
    ],
)
def test_a_program_that_answers_is_known_by_its_subject(hub: DeskHub, begins: str) -> None:
    """One that says it nowhere else, and answers letters that it should not."""
    (asked,) = hub.ask("water-join")
    local = f"water-confirm+{token_in(asked)}"
    answers = [f"In-Reply-To: <{asked.msgid}>"]
    assert hub.ask(local, "I am away.", subject=f"{begins}{asked.subject}", fields=answers) == []
    assert not hub.roster.is_subscribed("water", Proven("ana@union.example"))
    hub.ask(local, "", subject=f"Re: {begins}{asked.subject}", fields=answers)
    assert hub.roster.is_subscribed("water", Proven("ana@union.example")), "a person's answer"


def test_our_own_mail_coming_back(hub: DeskHub) -> None:
    (asked,) = hub.ask("water-join")
    for letter in (asked, *hub.ask("water-request", "help")):
        for to in (*ADDRESSES, f"water-confirm+{token_in(asked)}"):
            raw = letter.raw
            from solicomm_build.foundation.spool import Item
            from solicomm_build.foundation.types import Envelope

            envelope = Envelope("ana@union.example", (f"{to}@hub.example",), hub.now)
            Spool(hub.config.spool_desk).put([Item(envelope, raw)])
            assert hub.work() == []
    assert not hub.roster.is_subscribed("water", "ana@union.example")


def test_a_list_subscribed_to_itself(hub: DeskHub) -> None:
    for sender in ("water@hub.example", "board-request@hub.example", "postmaster@hub.example"):
        for to in ADDRESSES:
            assert hub.ask(to, "set mail off", sender=sender, mail_from="x@union.example") == []
    assert not _acted(hub)


def test_many_join_requests_for_one_victim_are_one_mail(hub: DeskHub) -> None:
    for number in range(100):
        how = {"proven": False, "mail_from": f"{number}@evil.example"}
        hub.send("water-join", "please", sender="victim@union.example", **how)  # type: ignore[arg-type]
    letters = hub.work()
    assert [item.envelope.rcpt_tos for item in letters] == [("victim@union.example",)]
    assert len(hub.roster.tokens.facts) == 1
    hub.send("board-join", sender="victim@union.example", proven=False)
    assert len(hub.work()) == 1, "another list may ask"


def test_two_hundred_sub_addresses_are_one_victim(hub: DeskHub) -> None:
    for number in range(200):
        hub.send("water-join", sender=f"pv+{number}@home.example", proven=False)
    assert len(hub.work()) == 1


def test_the_eleventh_answer_of_a_day_says_that_it_is_the_last(hub: DeskHub) -> None:
    told = [hub.ask("water-request", "help") for _ in range(15)]
    assert [len(one) for one in told] == [1] * 11 + [0] * 4
    said = [LAST in " ".join(one[0].text.split()) for one in told[:11]]
    assert said == [False] * 10 + [True]
    hub.now += timedelta(hours=25)
    (again,) = hub.ask("water-request", "help")
    assert LAST not in " ".join(again.text.split())


@pytest.mark.parametrize("lang", [code for code in i18n.LANGUAGES if code != "en"])
def test_the_last_answer_speaks_the_reader_s_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", lang=lang)
    (*_, (last,)) = [hub.ask("water-request", "help") for _ in range(11)]
    assert LAST not in " ".join(last.text.split())
    assert "mydata" in last.text.partition("\n\n")[0]


def test_what_is_asked_for_beyond_the_last_answer_is_done_and_confirmed(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    for _ in range(20):
        hub.ask("water-request", "help")
    hub.ask("water-request", "set mail off")
    assert hub.roster.options("water", "ana@union.example") == {"mail": "off"}
    (asked,) = hub.ask("board-join")
    assert token_in(asked)
    (gone,) = hub.ask("water-leave")
    assert gone.to[0].addr_spec == "ana@union.example"


def test_who_is_not_proved_is_not_told_that_what_is_asked_for_is_done(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    told = [
        one
        for number in range(11)
        for one in hub.ask("water-request", f"search word{number}", proven=False)
    ]
    said = [" ".join(one.text.split()) for one in told]
    assert [LAST in one for one in said] == [False] * 10 + [True]
    assert "What you ask for after this is not done" in said[-1]
    assert "done all the same" not in said[-1]
    assert hub.ask("water-request", "set mail off", proven=False) == []
    assert hub.roster.options("water", "ana@union.example") == {}


def test_forged_mail_uses_up_nothing_of_the_person_s_own_answers(hub: DeskHub) -> None:
    for number in range(30):
        hub.send("water-request", f"search {number}", proven=False)
    hub.work()
    assert len(hub.ask("water-request", "help")) == 1


def test_the_same_question_of_nobody_proven_is_answered_once_a_day(hub: DeskHub) -> None:
    assert len(hub.ask("water-request", "help", proven=False)) == 1
    assert hub.ask("water-request", "help", proven=False) == []
    assert len(hub.ask("water-request", "lists", proven=False)) == 1


def test_two_authors_or_none_are_nobody(hub: DeskHub) -> None:
    for name in ("a@b.example, Ana", "Undisclosed: ; , Ana"):
        assert hub.ask("water-join", name=name) == []
        assert hub.ask("water-leave", name=name) == []
    assert not _acted(hub)


def test_what_is_said_to_a_claim_goes_to_the_author_and_to_nobody_else(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", lang="ru")
    (told,) = hub.ask("water-request", "lists", proven=False, mail_from="ben@relay.example")
    assert told.to[0].addr_spec == "ana@union.example"
    assert told.language == "en", "not even the member's language is told"


def test_answers_have_the_null_sender_and_stand_in_the_thread(hub: DeskHub) -> None:
    hub.send("water-request", "help", fields=["References: <a@x.example> <b@x.example>"])
    (item,) = hub.work()
    assert item.envelope.mail_from is None
    assert item.envelope.ours
    letter = parse(item.raw)
    assert letter.in_reply_to == ("1@union.example",)
    assert letter.references == ("a@x.example", "b@x.example", "1@union.example")
    assert letter.field("Auto-Submitted") == "auto-replied"
    assert letter.field("X-Auto-Response-Suppress") == "All"
    assert item.raw.endswith(b"\r\n")
    assert b"\n" not in item.raw.replace(b"\r\n", b"")


def test_nothing_of_the_cause_is_quoted(hub: DeskHub) -> None:
    (told,) = hub.ask("water-request", "Buy pills at http://spam.example\nnow", subject="Pills")
    assert "pills" not in (told.text + told.subject).lower()


@pytest.mark.parametrize(
    "evil",
    ["Ana\r\nBcc: x@y.example", "=?utf-8?q?A=0D=0ABcc=3A_x=40y.example?=", "A\x00B", "A" * 5000],
)
def test_headers_cannot_be_broken(hub: DeskHub, evil: str) -> None:
    hub.send("water-join", name=evil)
    hub.send("water-request", "help", subject=evil, fields=[f"References: <{evil}>"])
    for item in hub.work():
        letter = parse(item.raw)
        assert letter.field("Bcc") is None
        assert len(letter.fields) < 16
        assert all(len(line) <= 998 for line in item.raw.split(b"\r\n"))


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(hub: DeskHub) -> None:
    from solicomm_build.foundation.spool import Item
    from solicomm_build.foundation.types import Envelope

    part = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    deep = b"".join(part % (number, number) for number in range(200))
    envelope = Envelope("ana@union.example", ("water-join@hub.example",), hub.now)
    Spool(hub.config.spool_desk).put([Item(envelope, deep)])
    assert len(hub.ask("water-join")) == 1
    assert len(hub.aside()) == 1


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=evil.example; dkim=none; dmarc=none",
        "spf=none; dkim=pass header.d=evil.example; dmarc=none",
        "spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=none) header.from=union.example",
    ],
)
def test_a_pass_of_somebody_else_lets_nothing_be_answered(hub: DeskHub, results: str) -> None:
    """A stranger's server may send for the stranger: that vouches for no other From."""
    field = f"Authentication-Results: {AUTHSERV}; {results}"
    for to in ADDRESSES:
        sent = hub.ask(to, "help", proven=False, fields=[field], mail_from="me@evil.example")
        assert sent == []
    assert not _acted(hub)


def test_results_at_the_open_port_are_a_strangers_word(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", role="moderator")
    hub.config = replace(hub.config, smtp=("0.0.0.0", 25), dns="off")
    hub.send("water-request", "emergency on")
    spool = Spool(hub.config.spool_desk)
    (path,) = spool.pending()
    (item,) = spool.read(path)
    spool.done(path)
    spool.put([replace(item, envelope=replace(item.envelope, peer="127.0.0.1"))])
    (asked,) = [parse(one.raw) for one in hub.work()]
    assert token_in(asked)
    assert not hub.roster.is_emergency("water")
