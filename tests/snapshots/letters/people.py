"""Letters about cards of people, and mail that goes through the hub to somebody with a card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solicomm_build.desk import vocabulary
from solicomm_build.desk.lettering import letter
from solicomm_build.features.people import cardform
from solicomm_build.features.people import peopleletters as letters
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.personcard import Card
from solicomm_build.message.values import Message
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, STRANGER, TOKEN, Stage

CARD = Card(
    "c_abcde23456",
    "Amina",
    "Metal workers",
    "KE",
    ("en", "sw"),
    "shop steward",
    {"en": "I like short meetings.\nAnd tea.", "ar": "أحب الاجتماعات القصيرة."},
    "/conferences/talk/t/" + "a" * 32 + "/",
    "relay",
    "2026-11-24",
    "",
    "2026-11-24",
)


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    office, lang = stage.office, stage.lang
    silent = replace(CARD, contact="none", about={})
    for card, faults, is_shown in (
        (Card("", "Ana Paz"), (), False),
        (CARD, ("    a", "    b"), True),
    ):
        made = letters.form(office, ANA, lang, TOKEN, card, faults=faults, is_shown=is_shown)
        yield f"form: {is_shown}", made
    for card, photo, is_new in ((CARD, True, True), (silent, False, False)):
        made = letters.consent(office, ANA, lang, TOKEN, card, photo=photo, is_new=is_new)
        yield f"consent: {is_new}", made
    for card in (CARD, silent):
        yield f"shown: {card.contact}", letters.shown(office, ANA, lang, card)
    yield "withdrawn", letters.withdrawn(office, ANA, lang)
    yield "nobody there", letter(office, "people/nobody", ANA, lang)
    yield from _spoken(stage)


def _lines(lang: str, **values: str) -> str:
    return "\n".join(f"{cardform.label(key, lang)}: {value}" for key, value in values.items())


def _spoken(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A card by mail, with every fault; then mail to its person and back."""
    lang, hub = stage.lang, stage.hub
    remove = vocabulary.shown(cardform.REMOVE, "remove", lang)
    yes = vocabulary.shown(cardform.YES_NO, "on", lang)
    for mail in stage.ask("solicomm", stage.word("card", remove)):
        yield "spoken: nothing to take back", mail
    for mail in stage.ask("solicomm", stage.word("card"), sender="op2@hub.invalid"):
        yield "spoken: of nobody's", mail
    (form,) = stage.ask("solicomm", stage.word("card"))
    wrong = _lines(
        lang,
        name="",
        union="x" * 101,
        country="Atlantis",
        languages="Martian",
        contact="perhaps",
        introduction="nowhere",
    )
    for text, name in (("Hello", "no line"), (wrong, "all wrong")):
        for mail in stage.reply(form, text):
            yield f"spoken: {name}", mail
        (form,) = stage.ask("solicomm", stage.word("card"))
    (question,) = stage.reply(form, _lines(lang, name="Amina", contact=yes))
    yield "spoken: question", question
    for mail in stage.reply(question):
        yield "spoken: shown", mail
    yield from _relayed(stage)
    hub.now = hub.now.replace(microsecond=0)
    for mail in stage.ask("solicomm", stage.word("card", remove)):
        yield "spoken: taken back", mail


def _relayed(stage: Stage) -> Iterator[tuple[str, Mail]]:
    card = next(iter(stage.hub.roster.ledger(CardHolders).reachable))
    to, eve = f"person+{card}", {"sender": STRANGER, "name": "Eve"}
    fields = [f"Content-Language: {stage.lang}"]
    for text, name in (("Hello.", "short"), ("long " * 5000, "long")):
        mail, *rest = stage.ask(to, text, subject="Hello", fields=fields, **eve)
        yield f"relayed: {name}", _cut(mail)
        yield from (("relayed: left out", told) for told in rest)
    last: Message = mail
    for answer in stage.reply(last, "Hello back.", name="Ana Paz"):
        yield "relayed: answer", answer
    for asked in stage.ask(to, "Hi", subject="Hi", fields=fields, proven=False, **eve):
        yield "relayed: did you write it", asked
    how = {"fields": fields, **eve}
    many = [("relayed: too many", to, "Hi", {"subject": f"Hi {n}", **how}) for n in range(11)]
    yield from (one for one in stage.ask_all(*many) if one[1].to[0].addr_spec == STRANGER)


def _cut(mail: Message) -> bytes:
    return mail.raw.replace(b"long " * 8, b"")
