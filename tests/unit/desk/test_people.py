"""Cards by mail: the form, the question, the card, its end; in six languages and by every road."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.desk import vocabulary
from solicomm_build.features.people import cardform, peoplecards
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.personcard import MOST_PHOTO, Card
from solicomm_build.git.repo import open_repo
from solicomm_build.message.values import Message
from solicomm_build.people import pending, rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import CONSENT, DeskHub

ANA, BEN = "ana@union.example", "ben@union.example"
FILLED = {
    "Name": "Amina",
    "Union": "Metal workers",
    "Country": "Kenya",
    "Languages": "English, Swahili",
    "Role": "shop steward",
    "About me (en)": "I like short meetings.",
    "Mail through us": "yes",
}


@pytest.fixture
def hub(hub: DeskHub) -> DeskHub:
    hub.member(1, ANA, "water", name="Ana Paz", lang="en")
    hub.member(2, BEN, "water", name="Ben", lang="en")
    return hub


def lines(values: dict[str, str]) -> str:
    return "\n".join(f"{label}: {value}" for label, value in values.items())


def published(hub: DeskHub, values: dict[str, str], **how: object) -> tuple[Card, Message]:
    """Goes the whole way; the card, and the letter that says it is shown."""
    (form,) = hub.ask("solicomm", "card")
    (question,) = hub.reply(form, lines(values), **how)
    (told,) = hub.reply(question)
    held = hub.roster.ledger(CardHolders).of(1)
    assert held is not None
    found = peoplecards.one(hub.config, held)
    assert found is not None
    return found[0], told


def test_a_card_is_shown_after_it_was_filled_in_and_agreed_to(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    assert "Name: Ana Paz" in form.text
    (question,) = hub.reply(form, lines(FILLED))
    assert hub.roster.ledger(CardHolders).of(1) is None
    assert not hub.config.people_repo.exists()
    assert "Everybody in the world can read it" in question.text
    assert "Name: Amina" in question.text
    (told,) = hub.reply(question)
    held = hub.roster.ledger(CardHolders).of(1)
    assert held is not None
    assert f"{hub.config.url}/people/{held}/" in told.text
    found = peoplecards.one(hub.config, held)
    assert found is not None
    assert found[0] == Card(
        held,
        "Amina",
        union="Metal workers",
        country="KE",
        languages=("en", "sw"),
        roles="shop steward",
        about={"en": "I like short meetings."},
        contact="relay",
        since="2026-11-24",
        consented="2026-11-24",
    )
    assert hub.roster.ledger(CardHolders).reachable == {held}
    assert not hub.aside()


def test_no_address_and_no_list_is_in_what_everybody_can_read(hub: DeskHub) -> None:
    values = FILLED | {"About me (en)": "Write to ana@union.example", "Role": "ben@union.example"}
    published(hub, values)
    repo = open_repo(hub.config.people_repo)
    shown = repo.git("log", "-p", "--format=fuller").decode()
    assert "union.example" not in shown
    assert "water" not in shown
    assert "ana@…" in shown


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_the_form_comes_back_quoted_in_every_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, ANA, "water", name="Ana Paz", lang=lang)
    word = vocabulary.shown(vocabulary.commands(), "card", lang)
    (form,) = hub.ask("solicomm", word)
    assert form.language == lang
    on = vocabulary.shown(cardform.YES_NO, "on", lang)
    text = form.text.replace(f"{cardform.label('roles', lang)}:", "&", 1)
    text = re.sub("&", f"{cardform.label('roles', lang)}: X", text)
    contact = cardform.label("contact", lang)
    text = re.sub(rf"({re.escape(contact)}:).*", rf"\1 {on}", text)
    quoted = "\n".join(f"> {row}" for row in text.split("\n"))
    (question,) = hub.reply(form, f"{quoted}\n")
    (told,) = hub.reply(question)
    assert told.language == lang
    held = hub.roster.ledger(CardHolders).of(1)
    assert held is not None
    card, _ = peoplecards.one(hub.config, held) or (None, b"")
    assert card is not None
    assert (card.name, card.roles, card.contact) == ("Ana Paz", "X", "relay")


def test_what_cannot_be_taken_comes_back_with_what_was_said(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    (again,) = hub.reply(form, "Country: Atlantis\nRole: welder\nMail through us: perhaps")
    assert "Atlantis" in again.text
    assert "perhaps" in again.text
    assert "Role: welder" in again.text
    assert hub.roster.ledger(CardHolders).of(1) is None
    (question,) = hub.reply(again, "Country: Brasil\nRole: welder")
    hub.reply(question)
    card, _ = peoplecards.one(hub.config, hub.roster.ledger(CardHolders).of(1) or "") or (None, b"")
    assert card is not None
    assert (card.country, card.contact) == ("BR", "none")


def test_an_answer_without_a_line_says_so(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    (again,) = hub.reply(form, "I do not understand this")
    assert "We found no line" in again.text


def test_a_no_shows_nothing(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    (question,) = hub.reply(form, lines(FILLED))
    assert hub.reply(question, "No") == []
    assert hub.roster.ledger(CardHolders).of(1) is None
    assert hub.reply(question, "") != []  # told that it is over
    assert hub.roster.ledger(CardHolders).of(1) is None


def test_who_is_on_no_list_has_no_card(hub: DeskHub) -> None:
    (told,) = hub.ask("solicomm", "card", sender="eve@union.example")
    assert "only people who are on" in told.text.lower()


def test_who_asks_for_the_form_often_hears_that_it_is_enough_for_today(hub: DeskHub) -> None:
    for _ in range(3):
        (form,) = hub.ask("solicomm", "card")
        assert "Name: Ana Paz" in form.text
    (told,) = hub.ask("solicomm", "card")
    assert "three times today" in told.text
    assert "Name: Ana Paz" not in told.text


def test_nobody_gets_anothers_form_by_a_from_field(hub: DeskHub) -> None:
    (asked,) = hub.ask("solicomm", "card remove", proven=False)
    assert "Reply" in asked.text
    published(hub, FILLED)
    hub.ask("solicomm", "card remove", proven=False)
    assert hub.roster.ledger(CardHolders).of(1) is not None


def picture() -> bytes:
    buffer = io.BytesIO()
    image = Image.effect_noise((900, 600), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def with_picture(octets: bytes, text: str) -> tuple[str, list[str]]:
    import base64

    body = "\n".join(
        [
            "--x",
            "Content-Type: text/plain; charset=utf-8",
            "",
            text,
            "--x",
            'Content-Type: image/jpeg; name="me.jpg"',
            "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="me.jpg"',
            "",
            base64.encodebytes(octets).decode(),
            "--x--",
        ]
    )
    return body, ['Content-Type: multipart/mixed; boundary="x"']


def test_a_photo_becomes_small_and_says_nothing_of_where_it_was_taken(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    text, fields = with_picture(picture(), "Name: Amina")
    (question,) = hub.reply(form, text, fields=fields)
    assert "Photo" in question.text
    hub.reply(question)
    held = hub.roster.ledger(CardHolders).of(1) or ""
    _, octets = peoplecards.one(hub.config, held) or (None, b"")
    assert 0 < len(octets) <= MOST_PHOTO
    assert b"taken at home" not in octets
    assert Image.open(io.BytesIO(octets)).size[0] <= 160
    (form,) = hub.ask("solicomm", "my card")
    (question,) = hub.reply(form, "Photo: remove")
    hub.reply(question)
    assert peoplecards.one(hub.config, held)[1] == b""  # type: ignore[index]
    assert b"RIFF" not in open_repo(hub.config.people_repo).git("cat-file", "-p", "main:people")


def test_a_broken_picture_is_said(hub: DeskHub) -> None:
    (form,) = hub.ask("solicomm", "card")
    text, fields = with_picture(b"no picture", "Name: Amina")
    (again,) = hub.reply(form, text, fields=fields)
    assert "we cannot read this picture" in again.text


def test_who_withdraws_is_nowhere_any_more(hub: DeskHub) -> None:
    card, _ = published(hub, FILLED)
    (told,) = hub.ask("solicomm", "card remove")
    assert "Your card is gone" in told.subject
    assert hub.roster.ledger(CardHolders).of(1) is None
    assert hub.roster.ledger(CardHolders).reachable == set()
    repo = open_repo(hub.config.people_repo)
    assert b"Amina" not in repo.git("log", "--all", "-p")
    listed = repo.git("cat-file", "--batch-check", "--batch-all-objects").split()
    assert card.id not in str(listed)
    for path in hub.config.root.glob("spool/desk/plans/*.json"):
        assert "Amina" not in path.read_text()
    (told,) = hub.ask("solicomm", "my card remove")
    assert "no card" in told.text


def test_a_new_card_after_a_withdrawn_one_has_another_address(hub: DeskHub) -> None:
    first, _ = published(hub, FILLED)
    hub.ask("solicomm", "card remove")
    (form,) = hub.ask("solicomm", "my card")
    assert "You have no card yet" in form.text
    (question,) = hub.reply(form, "Name: Amina")
    hub.reply(question)
    assert hub.roster.ledger(CardHolders).of(1) not in (None, first.id)


def test_an_introduction_is_linked_when_its_author_says_so(hub: DeskHub, tmp_path: Path) -> None:
    from solicomm_build.foundation import clock, maillog
    from solicomm_build.foundation.spool import Spool
    from solicomm_build.foundation.types import post_id
    from solicomm_build.ingest.run import ingest
    from solicomm_build.post.conference import Conference

    smallhub.add_conference(hub.config, Conference("meet", {"en": "Meet"}, posting="open"))
    for number, (sender, subject) in enumerate(
        [(ANA, "Introduction"), (BEN, "Introduction"), (ANA, "Something else")]
    ):
        raw = smallhub.mail(
            "I am new here.", subject=subject, sender=sender, msgid=f"<i{number}@union.example>"
        ).replace(b"bar@hub", b"meet@hub")
        with clock.fixed(hub.now):
            Spool(hub.config.spool_in).put([smallhub.item(raw, "meet@hub.example")])
            ingest(hub.config, once=True, log=maillog.to_nobody())
    own, other = post_id("i0@union.example"), post_id("i1@union.example")
    card, _ = published(hub, FILLED | {"Introduction": "meet"})
    assert card.introduction == f"/conferences/meet/t/{own}/"
    (form,) = hub.ask("solicomm", "my card")
    address = f"{hub.config.url}/conferences/meet/t/{other}/"
    (again,) = hub.reply(form, f"Introduction: {address}")
    assert "nothing there that you wrote" in " ".join(again.text.split())


def test_an_introduction_is_of_who_had_the_address_then(hub: DeskHub) -> None:
    """Who has joined with it since could show another one's as his own."""
    from solicomm_build.foundation import clock, maillog
    from solicomm_build.foundation.spool import Spool
    from solicomm_build.foundation.types import post_id
    from solicomm_build.ingest.run import ingest
    from solicomm_build.post.conference import Conference

    smallhub.add_conference(hub.config, Conference("meet", {"en": "Meet"}, posting="open"))
    raw = smallhub.mail("I am new.", subject="Introduction", sender=ANA, msgid="<i@union.example>")
    with clock.fixed(hub.now):
        item = smallhub.item(raw.replace(b"bar@hub", b"meet@hub"), "meet@hub.example")
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())
    new, moved = "ana@new.example", hub.roster.member(ANA)
    assert moved is not None
    hub.note(rosterevents.member(moved.number, new, at=hub.now, consent=CONSENT, name="Ana Paz"))
    hub.member(9, ANA, "water")
    place = f"/conferences/meet/t/{post_id('i@union.example')}/"
    for value in ("meet", f"{hub.config.url}{place}"):
        for sender, is_own in ((ANA, False), (new, True)):
            form = hub.ask("solicomm", "card", sender=sender)[0]
            told = hub.reply(form, f"Name: Amina\nIntroduction: {value}", sender=sender)[0]
            said = "nothing there that you wrote" in " ".join(told.text.split())
            assert said is not is_own, (value, sender)


def test_an_introduction_is_known_by_its_authors_own_version_of_it(hub: DeskHub) -> None:
    """A list has its own where another has a mail of the same Message-ID, or only pseudonyms."""
    from solicomm_build.foundation import clock, maillog
    from solicomm_build.foundation.spool import Spool
    from solicomm_build.foundation.types import post_id
    from solicomm_build.ingest.run import ingest
    from solicomm_build.post.conference import Conference

    for name, sender in (("other", BEN), ("meet", ANA)):
        smallhub.add_conference(hub.config, Conference(name, {"en": name}, posting="open"))
        raw = smallhub.mail(f"I am {sender}.", sender=sender, msgid="<same@union.example>")
        with clock.fixed(hub.now):
            raw = raw.replace(b"bar@hub", name.encode() + b"@hub")
            Spool(hub.config.spool_in).put([smallhub.item(raw, f"{name}@hub.example")])
            ingest(hub.config, once=True, log=maillog.to_nobody())
    places = {
        name: f"/conferences/{name}/t/{post_id('same@union.example')}/"
        for name in ("other", "meet")
    }
    card, _ = published(hub, FILLED | {"Introduction": hub.config.url + places["meet"]})
    assert card.introduction == places["meet"]
    (form,) = hub.ask("solicomm", "my card")
    (again,) = hub.reply(form, f"Introduction: {hub.config.url}{places['other']}")
    assert "nothing there that you wrote" in " ".join(again.text.split())


def test_what_is_kept_is_told_and_erased(hub: DeskHub) -> None:
    from solicomm_build.features.privacy import personal
    from solicomm_build.features.privacy.erase import erase
    from solicomm_build.foundation import clock

    card, _ = published(hub, FILLED)
    (form,) = hub.ask("solicomm", "my card")
    hub.reply(form, "Role: another")
    kept = personal.about(hub.config, ANA, hub.roster)
    assert kept.facts["card"]["page"].endswith(card.url)
    assert "Amina" in kept.facts["card"]["text"]
    assert json.loads(kept.json())
    assert list(pending.ASKED.of(hub.config, 1, ""))
    with clock.fixed(hub.now):
        _, receipt = erase(hub.config, ANA, reason="asked", by="test")
    assert receipt.removed["content/people.git"] == 1
    assert peoplecards.one(hub.config, card.id) is None
    assert b"Amina" not in open_repo(hub.config.people_repo).git("log", "--all", "-p")
    assert not list(pending.ASKED.of(hub.config, 1, ANA))
    assert hub.roster.ledger(CardHolders).of(1) is None
    roster_now = open_repo(hub.config.roster_repo).git("log", "--all", "-p")
    assert card.id.encode() not in roster_now
