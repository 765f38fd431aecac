"""From what came back to the roster: who it was about, what it cost, what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces import bouncerevert
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.reports import dsnwrite
from solicomm_build.features.bounces.whatcameback import refusal
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents, token
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.mailstore import MailStore, author_hash
from solicomm_build.testing.listhub import ListHub, message

SAMPLES = Path(__file__).parents[2] / "data" / "bounces"
DAY = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
LATER = DAY + timedelta(days=10)
GONE, FULL, SOFT = "550 5.1.1 user unknown", "552 5.2.2 mailbox full", "450 4.4.1 timed out"
POLICY = "554 5.7.1 blocked as spam"


class Desk:
    """A hub whose bounces are read on days of one's choice."""

    def __init__(self, hub: ListHub) -> None:
        self.hub, self.config = hub, hub.config
        self.key = keys.token_key(hub.config.keys)
        self.log = MailLog(self.lines_append)
        self.lines: list[str] = []
        self.spool = Spool(hub.config.spool_bounces)
        self.out = Spool(hub.config.spool_out)
        self.consumer = Bounces(hub.config, self.out, self.log)

    def lines_append(self, line: str) -> None:
        self.lines.append(line)

    def tag(self, number: int, at: datetime, *, probe: bool = False) -> str:
        day = rules.epoch_day(at)
        return token.verp_tag(self.key, number, rules.probe_day(day) if probe else day)

    def put(
        self,
        raw: bytes,
        number: int,
        at: datetime,
        *,
        to: str = "water",
        tag: str | None = None,
        probe: bool = False,
    ) -> None:
        tag = self.tag(number, at, probe=probe) if tag is None else tag
        rcpt = f"{to}-bounces{'+' if tag else ''}{tag}@hub.example"
        self.spool.put([Item(Envelope(None, (rcpt,), at), raw)])

    def bounce(
        self,
        number: int,
        at: datetime,
        reply: str = GONE,
        *,
        to: str = "water",
        probe: bool = False,
    ) -> None:
        """A report about a member's copy, read at once."""
        who = self.roster.members[number].address
        raw = dsnwrite.write("x@hub.example", "mx.example", who, reply, at)
        self.put(raw, number, at, to=to, probe=probe)
        self.read(at)

    def read(self, at: datetime) -> int:
        with clock.fixed(at):
            return self.consumer.run()

    @property
    def roster(self) -> Roster:
        return self.hub._roster.roster()

    def mails(self) -> list[Item]:
        found = [item for path in self.out.pending() for item in self.out.read(path)]
        for path in self.out.pending():
            self.out.done(path)
        return found

    def state(self, number: int, name: str = "water") -> str:
        return self.roster.state(number, name).state


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    hub = ListHub(tmp_path)
    hub.members([f"m{n}@d{n}.example" for n in range(1, 4)])
    made = Desk(hub)
    yield made
    made.consumer.close()
    hub.close()


def test_three_days_gone_then_a_probe_then_the_end(desk: Desk) -> None:
    for day in range(3):
        desk.bounce(1, DAY + timedelta(days=day))
        assert desk.state(1) == "active"
    (probe,) = desk.mails()
    at = DAY + timedelta(days=2)
    assert probe.envelope.rcpt_tos == ("m1@d1.example",)
    assert probe.envelope.mail_from == f"water-bounces+{desk.tag(1, at, probe=True)}@hub.example"
    assert probe.envelope.ours
    desk.bounce(1, at + timedelta(hours=1), probe=True)
    assert desk.state(1) == "disabled"
    assert desk.roster.members[1].state == "active"
    assert [one.number for one, _ in desk.roster.subscribers("water")] == [2, 3]


def test_one_probe_and_a_new_start_when_it_does_not_come_back(desk: Desk) -> None:
    for day in range(5):
        desk.bounce(1, DAY + timedelta(days=day))
    assert len(desk.mails()) == 1
    for day in range(5, 9):
        desk.bounce(1, DAY + timedelta(days=day))
    assert desk.mails() == []
    desk.bounce(1, DAY + timedelta(days=10))
    assert len(desk.mails()) == 1


@pytest.mark.parametrize("reply", [FULL, SOFT, POLICY, "552 5.3.4 too big", "550 who knows"])
def test_what_never_costs_the_subscription(desk: Desk, reply: str) -> None:
    raw = dsnwrite.write("x@hub.example", "mx.example", "m1@d1.example", reply, DAY)
    items = []
    for day in range(60):
        at = DAY + timedelta(days=day)
        rcpt = f"water-bounces+{desk.tag(1, at)}@hub.example"
        items.append(Item(Envelope(None, (rcpt,), at), raw))
    desk.spool.put(items)
    desk.read(DAY + timedelta(days=60))
    desk.bounce(1, DAY + timedelta(days=61), reply, probe=True)
    assert desk.state(1) == "active"


def test_many_on_one_day_count_once(desk: Desk) -> None:
    for minute in range(5):
        desk.bounce(1, DAY + timedelta(minutes=minute))
    assert len(desk.roster.ledger(Returns).bounces(1)) == 1
    assert desk.mails() == []


@pytest.mark.parametrize("tag", ["", "a" * 26])
def test_without_a_good_tag_nothing_counts_and_the_owners_get_it(desk: Desk, tag: str) -> None:
    raw = (SAMPLES / "forged.eml").read_bytes()
    desk.put(raw, 1, DAY, tag=tag)
    assert desk.read(DAY) == 1
    assert desk.roster.ledger(Returns).bounces(1) == ()
    (kept,) = (desk.config.private / "bounces" / "water").glob("*.eml")
    assert kept.read_bytes() == raw
    assert desk.log.counters()["bounce-untagged"] == 1


def test_a_tag_of_another_key_and_of_no_member(desk: Desk) -> None:
    desk.put(b"A: b\r\n\r\n", 1, DAY, tag=token.verp_tag(b"x" * 32, 1, 20000))
    desk.put(b"A: b\r\n\r\n", 99, DAY)
    desk.read(DAY)
    assert desk.log.counters()["bounce-untagged"] == 2


@pytest.mark.parametrize(
    "to", ["../../private/roster", "nolist", "x@y", "water-bounces", "", "water+bounces+x"]
)
def test_addresses_of_no_list(desk: Desk, to: str) -> None:
    desk.put(b"A: b\r\n\r\nhello", 1, DAY, to=to)
    desk.read(DAY)
    assert len(desk.spool.quarantined()) == 1
    assert not (desk.config.private / "bounces").exists()


def test_what_comes_back_to_the_hub_itself_is_read_and_costs_nobody_anything(desk: Desk) -> None:
    """It went to quarantine: a letter of the hub's own that comes back belongs to no list."""
    report = dsnwrite.write("x@hub.example", "mx.example", "m1@d1.example", GONE, DAY)
    for raw in (report, b"From: a@d1.example\r\n\r\nWhat is this?\r\n"):
        for tag in (None, ""):
            desk.put(raw, 1, DAY, to="solicomm", tag=tag)
    assert desk.read(DAY) == 4
    log = "".join(desk.lines)
    assert log.count("bounce-own") == 4
    assert "5.1.1" in log
    assert "m1@d1.example" not in log
    assert desk.spool.quarantined() == []
    assert len(list((desk.config.private / "bounces" / "solicomm").glob("*.eml"))) == 1
    assert desk.roster.ledger(Returns).bounces(1) == ()
    assert desk.mails() == []


def test_plus_instead_of_hyphen(desk: Desk) -> None:
    raw = dsnwrite.write("x@hub.example", "mx.example", "m1@d1.example", GONE, DAY)
    rcpt = f"WATER+bounces+{desk.tag(1, DAY)}@hub.example"
    desk.spool.put([Item(Envelope(None, (rcpt,), DAY), raw)])
    desk.read(DAY)
    assert len(desk.roster.ledger(Returns).bounces(1)) == 1


def test_old_tags_and_those_who_left_do_not_count(desk: Desk) -> None:
    old = desk.tag(1, DAY - timedelta(days=40))
    raw = dsnwrite.write("x@hub.example", "mx.example", "m1@d1.example", GONE, DAY)
    desk.put(raw, 1, DAY, tag=old)
    desk.hub._roster.append(
        [rosterevents.unsubscribe("water", 2, at=DAY, by="test")], at=DAY, subject="Leave"
    )
    desk.put(raw, 2, DAY)
    desk.read(DAY)
    assert desk.roster.ledger(Returns).bounces(1) == desk.roster.ledger(Returns).bounces(2) == ()


@pytest.mark.parametrize("name", ["vacation", "vacation-ar", "receipt", "delivered", "not-spam"])
def test_automatic_answers_are_dropped(desk: Desk, name: str) -> None:
    desk.put((SAMPLES / f"{name}.eml").read_bytes(), 1, DAY)
    desk.read(DAY)
    assert desk.roster.ledger(Returns).bounces(1) == ()
    assert desk.log.counters()["bounce-automatic"] == 1
    assert desk.spool.pending() == []


def test_the_failure_is_the_members_among_several(desk: Desk) -> None:
    raw = (
        (SAMPLES / "postfix-three.eml").read_bytes().replace(b"bo@union.example", b"M1@d1.example")
    )
    desk.put(raw, 1, DAY)
    desk.read(DAY)
    (found,) = desk.roster.ledger(Returns).bounces(1)
    assert found.kind == "soft"
    desk.put((SAMPLES / "postfix-three.eml").read_bytes(), 2, DAY)
    desk.read(DAY)
    assert desk.roster.ledger(Returns).bounces(2)[0].kind == "soft"


def test_a_complaint_ends_it_at_once_without_a_mail(desk: Desk) -> None:
    for _ in range(2):
        desk.put((SAMPLES / "complaint.eml").read_bytes(), 1, DAY)
    desk.read(DAY)
    assert not desk.roster.is_subscribed("water", "m1@d1.example")
    assert desk.mails() == []
    notes = list((desk.config.private / "bounces" / "water").glob("*.note"))
    assert [note.read_text() for note in notes] == ["complaint\tm1@d1.example"]


def test_what_comes_back_from_an_address_of_before_costs_nothing(desk: Desk) -> None:
    """Who reads that mailbox by then says of old copies that they are spam."""
    moved, after = DAY + timedelta(days=4), DAY + timedelta(days=5)
    consent = rosterevents.Consent("mail")
    event = rosterevents.member(1, "new@d1.example", at=moved, consent=consent)
    desk.hub._roster.append([event], at=moved, subject="Move")
    spam = (SAMPLES / "complaint.eml").read_bytes()
    old = f"water-bounces+{desk.tag(1, DAY)}@hub.example"
    report = dsnwrite.write("x@hub.example", "mx.example", "m1@d1.example", GONE, DAY)
    desk.spool.put([Item(Envelope(None, (old,), after), raw) for raw in (spam, report)])
    desk.read(after)
    assert desk.roster.is_subscribed("water", "new@d1.example")
    assert desk.roster.ledger(Returns).bounces(1) == ()
    assert "\n".join(desk.lines).count("bounce-former") == 2
    desk.put(spam, 1, after)
    desk.read(after)
    assert not desk.roster.is_subscribed("water", "new@d1.example")


def test_three_lists_disable_the_address_everywhere(desk: Desk) -> None:
    for name in ("air", "fire"):
        desk.hub.add_conference(name)
    events = [
        rosterevents.subscribe(name, 1, at=DAY, consent=rosterevents.Consent("owner"))
        for name in ("air", "fire")
    ]
    desk.hub._roster.append(events, at=DAY, subject="More")
    for name in ("water", "air", "fire"):
        assert desk.roster.members[1].state == "active"
        for day in range(3):
            desk.bounce(1, DAY + timedelta(days=day), to=name)
        desk.bounce(1, DAY + timedelta(days=3), to=name, probe=True)
    assert desk.roster.members[1].state == "disabled"


def test_a_probe_that_was_never_sent_proves_nothing(desk: Desk) -> None:
    desk.bounce(1, DAY, probe=True)
    assert desk.state(1) == "active"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Desk]:
    """Forty members at one provider."""
    hub = ListHub(tmp_path)
    hub.members([f"m{n}@big.example" for n in range(1, 41)])
    made = Desk(hub)
    object.__setattr__(made.config, "operator", "ops@hub.example")
    yield made
    made.consumer.close()
    hub.close()


def _days_of_posts(
    desk: Desk, days: Iterable[int], replies: Callable[[int], dict[int, str]]
) -> int:
    """A post each day: what comes back from whom, and from probes as well; how often the operator
    was alarmed."""
    alerts = 0
    for day in days:
        at = DAY + timedelta(days=day)
        told = replies(day)
        for minute, (number, reply) in enumerate(sorted(told.items())):
            if desk.state(number) == "active":
                desk.bounce(number, at + timedelta(seconds=minute), reply)
        for mail in desk.mails():
            to = mail.envelope.rcpt_tos[0]
            number = int(to[1 : to.index("@")]) if to.startswith("m") else 0
            alerts += not number
            is_probe = "-bounces+" in (mail.envelope.mail_from or "") and number
            if is_probe and number in told:
                desk.bounce(number, at + timedelta(minutes=5), told[number], probe=True)
    return alerts


def _disabled(desk: Desk) -> set[int]:
    return {number for number in range(1, 41) if desk.state(number) != "active"}


@pytest.mark.parametrize("blocked", [{}, {4: POLICY}, {4: POLICY, 5: FULL, 6: SOFT}])
def test_sixty_days_at_one_provider_find_the_dead_and_nobody_else(
    provider: Desk, blocked: dict[int, str]
) -> None:
    """One member whose provider turned the list away kept all dead addresses of it alive."""
    dead = dict.fromkeys((1, 2, 3), GONE)
    alerts = _days_of_posts(provider, range(60), lambda _day: dead | blocked)
    gone = {
        n
        for n in range(1, 41)
        if provider.roster.state(n, "water").state != "active"
        or not provider.roster.is_subscribed("water", f"m{n}@big.example")
    }
    assert gone == {1, 2, 3}
    assert (alerts, provider.roster.ledger(Returns).freezes) == (0, {})
    assert provider.log.counters()["bounce-probe"] >= 3  # who is full for long is asked as well
    if blocked:
        returned = provider.roster.ledger(Returns).bounces(4)
        days = [(rules.epoch_day(datetime.fromisoformat(one.at)), one.kind) for one in returned]
        assert rules.is_blocked(days, rules.epoch_day(DAY) + 59), "the owners hear of it"


def test_many_dead_addresses_do_not_hide_behind_their_number(provider: Desk) -> None:
    """Twelve of forty look like an outage for a week, and are found then: no freeze is for ever."""
    dead = dict.fromkeys(range(1, 13), GONE)
    alerts = _days_of_posts(provider, range(30), lambda _day: dead)
    assert 1 <= alerts <= 8
    assert _disabled(provider) == set(dead)


def test_an_outage_of_some_days_costs_nobody_anything(provider: Desk) -> None:
    everybody = dict.fromkeys(range(1, 41), GONE)
    dead = dict.fromkeys((1, 2, 3), GONE)
    _days_of_posts(provider, range(20), lambda day: everybody if 4 <= day < 8 else dead)
    assert _disabled(provider) == {1, 2, 3}
    assert provider.log.counters()["bounce-probe"] <= 4


def test_a_probes_answer_counts_though_the_domain_is_frozen(provider: Desk) -> None:
    for day in range(3):
        provider.bounce(1, DAY + timedelta(days=day))
    for number in range(10, 30):
        provider.bounce(number, DAY + timedelta(days=2, hours=1))
    assert "big.example" in provider.roster.ledger(Returns).freezes
    provider.bounce(1, DAY + timedelta(days=2, hours=2), probe=True)
    assert _disabled(provider) == {1}


def test_a_freeze_tells_the_operator_and_nothing_in_it_counts(provider: Desk) -> None:
    provider.bounce(2, DAY - timedelta(minutes=30))
    for number in range(10, 20):
        provider.bounce(number, DAY, POLICY)
    (mail,) = provider.mails()
    assert mail.envelope.rcpt_tos == ("ops@hub.example",)
    assert mail.envelope.mail_from is None
    text = message_from_bytes(mail.raw, policy=policy.default)
    assert text["Subject"] == "Bounces from big.example do not count for a day"
    assert "5.7.1 blocked as spam" in parse(mail.raw).text
    provider.bounce(2, DAY + timedelta(hours=3))
    provider.bounce(2, DAY + timedelta(hours=23))
    provider.bounce(2, DAY + timedelta(hours=25))
    provider.bounce(2, DAY + timedelta(hours=49))
    assert provider.mails() == []  # two days that count: those before and within the freeze do not
    provider.bounce(2, DAY + timedelta(hours=73))
    assert len(provider.mails()) == 1
    assert provider.log.counters()["bounce-freeze"] == 1


def test_a_fifth_of_a_domain_at_once_freezes_it(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.members([f"m{n}@big.example" for n in range(1, 21)])
    desk = Desk(hub)
    for number in range(1, 5):
        desk.bounce(number, DAY)
    assert "big.example" not in desk.roster.ledger(Returns).freezes
    desk.consumer.close()
    desk.consumer = Bounces(desk.config, desk.out, desk.log)  # the hour is remembered
    desk.bounce(5, DAY + timedelta(minutes=50))
    assert "big.example" in desk.roster.ledger(Returns).freezes
    desk.consumer.close()
    hub.close()


def test_the_chores_do_not_wait_for_a_clock_that_was_put_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []
    monkeypatch.setattr(desk.consumer, "chores", lambda: done.append(clock.now()))
    moments = [DAY + timedelta(days=4000), DAY, DAY + timedelta(minutes=59)]
    for moment in moments:
        with clock.fixed(moment):
            desk.consumer.run()
    assert done == moments[:2]


YEARS = timedelta(days=4000)


def test_a_probe_of_a_clock_that_was_ahead_keeps_none_away(desk: Desk) -> None:
    for day in range(3):
        desk.bounce(1, DAY + YEARS + timedelta(days=day))
    assert len(desk.mails()) == 1
    for day in range(3):
        assert desk.mails() == []
        desk.bounce(1, DAY + timedelta(days=day))
    assert len(desk.mails()) == 1, "what lies ahead counts for nothing, and against nothing"
    desk.bounce(1, DAY + timedelta(days=3))
    assert desk.mails() == []


def test_what_lies_ahead_freezes_no_domain(provider: Desk) -> None:
    for number in range(1, 5):
        provider.bounce(number, DAY + YEARS)
    provider.bounce(5, DAY)
    assert provider.roster.ledger(Returns).freezes == {}


def test_notices_come_also_to_who_was_found_dead_while_the_clock_was_ahead(desk: Desk) -> None:
    for day in range(3):
        desk.bounce(1, DAY + YEARS + timedelta(days=day))
    desk.bounce(1, DAY + YEARS + timedelta(days=3), probe=True)
    desk.mails()
    seen = []
    for day in (0, 6, 7, 8, 14, 28, 35):
        desk.read(DAY + timedelta(days=day))
        seen += [day for item in desk.mails() if item.envelope.rcpt_tos == ("m1@d1.example",)]
    assert seen == [7, 14, 28]
    assert not desk.roster.is_subscribed("water", "m1@d1.example")


def test_taking_back(desk: Desk) -> None:
    for day in range(3):
        desk.bounce(1, DAY + timedelta(days=day))
        desk.bounce(2, DAY + timedelta(days=day))
    desk.bounce(1, DAY + timedelta(days=3), probe=True)
    assert desk.state(1) == "disabled"
    with clock.fixed(LATER):
        assert bouncerevert.revert(desk.config, DAY, domain="d2.example") == 1
    assert (
        len(desk.roster.ledger(Returns).bounces(1)),
        desk.roster.ledger(Returns).bounces(2),
    ) == (4, ())
    with clock.fixed(LATER + timedelta(hours=1)):
        assert bouncerevert.revert(desk.config, DAY) == 1
    assert desk.state(1) == "active"
    assert desk.roster.ledger(Returns).bounces(1) == ()
    assert bouncerevert.revert(desk.config, DAY) == 0


def test_a_changed_address_begins_anew(desk: Desk) -> None:
    for day in range(3):
        desk.bounce(1, DAY + timedelta(days=day))
    consent = rosterevents.Consent("mail")
    moved = rosterevents.member(1, "new@d1.example", at=LATER, consent=consent)
    desk.hub._roster.append([moved], at=LATER, subject="Move")
    assert desk.roster.ledger(Returns).bounces(1) == ()
    assert desk.roster.ledger(Returns).probes == {}


def test_who_asks_for_mail_again_gets_it(desk: Desk) -> None:
    _disable(desk)
    again = rosterevents.options("water", 1, {"mail": ""}, at=LATER, by="mail")
    desk.hub._roster.append([again], at=LATER, subject="Options")
    assert desk.state(1) == "active"


def _disable(desk: Desk) -> datetime:
    for day in range(3):
        desk.bounce(1, DAY + timedelta(days=day))
    at = DAY + timedelta(days=3)
    desk.bounce(1, at, probe=True)
    desk.mails()
    return at


def test_notices_and_the_end(desk: Desk) -> None:
    since = _disable(desk)
    seen = []
    for day in (1, 6, 7, 8, 14, 15, 28, 34, 35, 36):
        at = since + timedelta(days=day)
        desk.read(at)
        seen += [
            (day, item) for item in desk.mails() if item.envelope.rcpt_tos == ("m1@d1.example",)
        ]
    assert [day for day, _ in seen] == [7, 14, 28]
    text = parse(seen[0][1].raw).text
    assert "water-request@hub.example" in text
    assert "11 February 2027" in text
    assert not desk.roster.is_subscribed("water", "m1@d1.example")
    assert desk.roster.members[1].state == "active"


def test_who_was_told_nothing_while_the_hub_was_off_stays_and_is_told(desk: Desk) -> None:
    since = _disable(desk)
    seen = []
    for hours in (24 * 50, 24 * 50 + 1, 24 * 50 + 2, 24 * 57, 24 * 64, 24 * 78, 24 * 84):
        at = since + timedelta(hours=hours)
        desk.read(at)
        seen += [
            hours // 24 for item in desk.mails() if item.envelope.rcpt_tos == ("m1@d1.example",)
        ]
    assert seen == [57, 64, 78]
    assert desk.roster.is_subscribed("water", "m1@d1.example")
    desk.read(since + timedelta(days=86))
    assert not desk.roster.is_subscribed("water", "m1@d1.example")


def test_what_was_due_while_the_hub_was_off_is_one_notice(desk: Desk) -> None:
    since = _disable(desk)
    for hours in range(24 * 20, 24 * 20 + 3):
        desk.read(since + timedelta(hours=hours))
    assert [i.envelope.rcpt_tos for i in desk.mails()] == [("m1@d1.example",)]


def test_notices_come_in_the_language_that_a_member_writes_in(desk: Desk) -> None:
    mid = post_id("fr@d1.example")
    words = "Est-ce que nous avons demandé les chiffres à la direction ? Elle dit qu’il n’y a rien."
    with closing(MailStore(open_repo(desk.config.mail_repo))) as mail:
        mail.add(mid, message(1, words, extra="Content-Type: text/plain; charset=utf-8\r\n"))
        who = author_hash("m1@d1.example")
        mail.note(f"accept open water/{mid} author={who} level=signed today=0/0 ever=0")
        mail.checkpoint("Mail", when=DAY)
    since = _disable(desk)
    desk.read(since + timedelta(days=7))
    (notice,) = [i for i in desk.mails() if i.envelope.rcpt_tos == ("m1@d1.example",)]
    assert "Vous ne recevez plus" in parse(notice.raw).subject


def test_owners_are_told_once_a_week(desk: Desk) -> None:
    desk.hub._roster.append(
        [rosterevents.role("water", 3, "host", at=DAY, by="test")], at=DAY, subject="Owner"
    )
    desk.read(DAY)
    since = _disable(desk)
    desk.put((SAMPLES / "person.eml").read_bytes(), 2, since)
    desk.put((SAMPLES / "complaint.eml").read_bytes(), 2, since)
    desk.read(since)
    assert desk.mails() == []
    desk.read(DAY + timedelta(days=8))
    (mail,) = desk.mails()
    assert mail.envelope.rcpt_tos == ("m3@d3.example",)
    told = message_from_bytes(mail.raw, policy=policy.default)
    parts = list(told.iter_parts())
    words = parse(mail.raw).text
    assert "No more mail is sent to:\n    m1@d1.example" in words
    assert "Unsubscribed after a complaint about spam:\n    m2@d2.example" in words
    assert "the address does not exist" in words
    assert parts[1].get_content_type() == "message/rfc822"
    assert list((desk.config.private / "bounces" / "water").iterdir()) == []
    desk.read(DAY + timedelta(days=16))
    assert [item.envelope.rcpt_tos for item in desk.mails()] == [("m1@d1.example",)]


def test_owners_are_told_also_after_the_clock_was_ahead(desk: Desk) -> None:
    owner = rosterevents.role("water", 3, "host", at=DAY, by="test")
    desk.hub._roster.append([owner], at=DAY, subject="Owner")
    desk.read(DAY + YEARS)
    desk.put((SAMPLES / "person.eml").read_bytes(), 2, DAY)
    desk.bounce(2, DAY)
    (mail,) = desk.mails()
    assert mail.envelope.rcpt_tos == ("m3@d3.example",)
    assert "the address does not exist" in parse(mail.raw).text
    desk.put((SAMPLES / "complaint.eml").read_bytes(), 1, DAY)
    desk.read(DAY + timedelta(days=6))
    assert desk.mails() == []
    desk.read(DAY + timedelta(days=7))
    (mail,) = desk.mails()
    assert mail.envelope.rcpt_tos == ("m3@d3.example",)


def _refuse(desk: Desk, days: Iterable[int], *, reply: str = POLICY) -> str:
    """What the owners read after refusals on these days; empty when there is no mail to them."""
    owner = rosterevents.role("water", 3, "host", at=DAY, by="test")
    desk.hub._roster.append([owner], at=DAY, subject="Owner")
    desk.read(DAY)
    for day in days:
        desk.bounce(1, DAY + timedelta(days=day), reply)
        desk.bounce(1, DAY + timedelta(days=day, hours=1), reply)
    desk.mails()
    desk.read(DAY + timedelta(days=max(days) + 8))
    mails = [mail for mail in desk.mails() if mail.envelope.rcpt_tos == ("m3@d3.example",)]
    return "".join(parse(mail.raw).text for mail in mails)


def test_owners_hear_of_a_provider_that_refuses_the_list_for_a_month(desk: Desk) -> None:
    told = _refuse(desk, range(0, 34, 3))
    assert "refused our mail. Ask the members: m1@d1.example" in " ".join(told.split())
    assert desk.state(1) == "active"
    desk.read(DAY + timedelta(days=60))
    assert desk.mails() == []  # said once while nothing more comes back


@pytest.mark.parametrize(
    "days",
    [range(0, 29, 2), [0, 10, 20, 31], [0, 4, 8, 12, 16, 31]],
    ids=["not-a-month", "too-few-days", "a-gap"],
)
def test_refusals_for_less_are_no_matter_for_owners(desk: Desk, days: Iterable[int]) -> None:
    assert _refuse(desk, days) == ""


def test_anything_else_in_between_begins_the_month_anew(desk: Desk) -> None:
    desk.bounce(1, DAY + timedelta(days=5), "452 4.2.2 mailbox full")
    assert _refuse(desk, range(0, 34, 3)) == ""


def test_without_owners_it_waits(desk: Desk) -> None:
    desk.read(DAY)
    desk.put((SAMPLES / "person.eml").read_bytes(), 2, DAY)
    desk.read(DAY + timedelta(days=8))
    assert desk.mails() == []
    assert len(list((desk.config.private / "bounces" / "water").glob("*.eml"))) == 1


def test_a_refusal_reads_like_a_bounce(desk: Desk) -> None:
    with clock.fixed(DAY):
        made = refusal(desk.config, desk.key, "water", 1, "m1@d1.example", GONE)
        other = refusal(desk.config, desk.key, "water", 2, "ü@d2.example", "given up: 450 4.4.1 no")
    desk.spool.put([made, other])
    desk.read(DAY)
    assert desk.roster.ledger(Returns).bounces(1)[0].kind == "gone"
    assert desk.roster.ledger(Returns).bounces(2)[0].kind == "soft"


def test_clean_days_with_posts_bring_the_score_back(desk: Desk) -> None:
    desk.bounce(1, DAY)
    desk.bounce(1, DAY + timedelta(days=1))
    desk.bounce(1, DAY + timedelta(days=40))
    assert len(desk.mails()) == 1  # forty days without a post prove nothing


def test_a_damaged_file_and_a_faulty_list_stop_nothing(desk: Desk) -> None:
    desk.spool.folder.joinpath("0-bad.mail").write_bytes(b"junk")
    desk.hub.settings(desk.hub.list, b"kind: [list")
    for day in range(3):
        desk.bounce(1, DAY + timedelta(days=day))
    (probe,) = desk.mails()
    assert b"Does our mail reach you? water" in probe.raw
    assert len(desk.spool.quarantined()) == 1


def test_what_cannot_be_handled_is_set_aside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(raw: bytes, opinion: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("solicomm_build.features.bounces.bounces.dsn.read", broken)
    monkeypatch.setattr("solicomm_build.features.bounces.bounces._trace.exception", lambda *_: None)
    desk.put(message(), 1, DAY)
    desk.read(DAY)
    ((_, reason),) = desk.spool.quarantined()
    assert "ZeroDivisionError" in reason


def test_too_many_for_the_owners_are_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solicomm_build.features.bounces.bouncewaiting._MOST", 2)
    for number in range(4):
        desk.put(b"From: a@b.example\r\n\r\n%d" % number, 1, DAY)
    desk.read(DAY)
    assert len(list((desk.config.private / "bounces" / "water").glob("*.eml"))) == 2


def test_the_log_names_no_address(desk: Desk) -> None:
    desk.bounce(1, DAY)
    desk.put(b"A: b\r\n\r\n", 1, DAY, tag="")
    desk.read(DAY)
    assert "rcpt_to" in maillog.PERSONAL
    assert not [line for line in desk.lines if "m1@" in line or "hub.example" in line]
