"""Members are written to in the language they write in, unless they chose one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

ANA = "ana@union.example"
WORDS = {
    "en": "Has anybody asked the company for its numbers? They said that there is no money for us.",
    "fr": "Est-ce que nous avons demandé les chiffres à la direction ? Elle dit qu’il n’y a rien.",
    "es": "¿Alguien ha pedido los números a la empresa? Nos dijeron que no hay dinero.",
    "pt": "Alguém já pediu os números à empresa? Eles disseram que não há dinheiro para nós.",
    "ar": "هل طلب أحد الأرقام من الشركة؟ قالوا إنه لا يوجد مال لنا هذه السنة.",
    "ru": "Кто-нибудь уже просил у компании цифры? Они говорят, что денег для нас нет.",
    "de": "Hat jemand die Firma nach den Zahlen gefragt? Sie sagen, dass es für uns kein Geld ist.",
}


def _posts(hub: DeskHub, *langs: str, sender: str = ANA, proved: bool = True) -> None:
    for lang in langs:
        hub.now += timedelta(minutes=1)
        raw = smallhub.mail(WORDS[lang], sender=sender).replace(b"bar@hub", b"water@hub")
        raw = raw.replace(b"Message-ID: <", f"Message-ID: <{hub.now:%H%M%S}".encode())
        item = smallhub.item(raw, "water@hub.example", proved=proved)
        with clock.fixed(hub.now):
            Spool(hub.config.spool_in).put(
                [replace(item, envelope=replace(item.envelope, received_at=hub.now))]
            )
            ingest(hub.config, once=True, log=maillog.to_nobody())


def _language(hub: DeskHub, address: str = ANA, *wishes: str, conference: str = "water") -> str:
    office = Office(hub.config)
    try:
        with clock.fixed(hub.now):
            return office.language_of(address, conference, *wishes)
    finally:
        office.close()


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_letters_come_in_the_language_somebody_writes_in(hub: DeskHub, lang: str) -> None:
    hub.member(1, ANA, "water")
    _posts(hub, lang)
    assert _language(hub) == lang
    assert _language(hub, conference="") == lang, "of the hub, too"


def test_a_choice_wins_over_what_somebody_writes(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    _posts(hub, "fr")
    hub.ask("water-request", "language pt")
    assert _language(hub) == "pt"
    assert _language(hub, ANA, "ru") == "pt"


def test_a_command_wins_over_posts_and_posts_over_the_lists_language(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    assert _language(hub) == "en"
    _posts(hub, "fr")
    (told,) = hub.ask("water-request", "ayuda")
    assert told.field("Content-Language") == "es"
    (told,) = hub.ask("water-leave", "", fields=["Content-Language: de-DE"])
    assert told.field("Content-Language") == "fr"


def test_what_somebody_joined_in_is_no_choice(hub: DeskHub) -> None:
    """The letters of joining are in some language; who never said which is not held to it."""
    agreed = Consent("mail", "confirmed 0123456789abcdef")
    hub.note(rosterevents.member(1, ANA, at=NOW, consent=agreed, lang="en"))
    hub.note(rosterevents.subscribe("water", 1, at=NOW, consent=agreed))
    assert _language(hub) == "en"
    _posts(hub, "ar")
    assert _language(hub) == "ar"
    hub.ask("water-request", "language en")
    assert _language(hub) == "en"
    member = hub.roster.member(ANA)
    assert member is not None
    hub.note(rosterevents.member(1, "new@union.example", at=NOW, consent=agreed, lang="en"))
    moved = hub.roster.member("new@union.example")
    assert moved is not None
    assert not moved.supposed, "another address changes no choice"


def test_the_last_posts_count_and_most_of_them(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    _posts(hub, "en", "fr", "fr", "es", "fr", "es")
    assert _language(hub) == "fr"
    _posts(hub, "es", "es")
    assert _language(hub) == "es"


def test_a_language_that_letters_do_not_have_is_passed_over(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    _posts(hub, "de", "de", "es")
    assert _language(hub) == "es"


def test_a_forged_post_says_nothing_of_the_one_it_names(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    _posts(hub, "ru", "ru", proved=False)
    assert _language(hub) == "en"


def test_what_is_said_later_is_heard_by_a_desk_that_runs(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    office = Office(hub.config)
    try:
        _posts(hub, "fr")
        with clock.fixed(hub.now):
            assert office.language_of(ANA, "water") == "fr"
        _posts(hub, "es", "es")
        with clock.fixed(hub.now):
            assert office.language_of(ANA, "water") == "es"
            assert office.language_of("ben@union.example", "water") == "en"
    finally:
        office.close()


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es", "Hola, soy Pedro y quiero saber cuándo nos reunimos."),
        ("pt", "Preciso de ajuda com o contrato."),
        ("ar", "مرحبا، متى الاجتماع؟"),
        ("ru", "Здравствуйте, когда собрание?"),
        ("en", "When do we all meet?"),
        ("", "Autor: Eve\nData: 2026"),
        ("", "Привіт, коли збори?"),
        ("", "Let me in."),
        ("", "Depot 12"),
        ("", ""),
    ],
)
def test_a_few_words_are_enough_for_an_answer(lang: str, text: str) -> None:
    message = parse(smallhub.mail(text, sender=ANA))
    envelope = smallhub.item(message.raw, "water@hub.example").envelope
    assert Case("1", message, envelope, None, "water", "", "water@hub.example", ANA).said == lang


@pytest.mark.parametrize("proved", [True, False])
@pytest.mark.parametrize("lang", ["fr", "es", "pt", "ar", "ru"])
def test_a_stranger_is_answered_in_the_language_of_the_mail(
    hub: DeskHub, lang: str, proved: bool
) -> None:
    """That it waits, or whether it was he: nothing else is known of him, and what he cannot read
    he does not answer."""
    _posts(hub, lang, sender="eve@x.example", proved=proved)
    mails = [parse(item.raw) for item in hub.work()]
    (told,) = [mail for mail in mails if mail.to[0].addr_spec == "eve@x.example"]
    assert told.field("Content-Language") == lang


def test_what_a_page_made_is_answered_in_the_language_of_the_page(hub: DeskHub) -> None:
    message = parse(smallhub.mail(WORDS["ru"], "Content-Language: es", sender=ANA))
    envelope = smallhub.item(message.raw, "water@hub.example").envelope
    case = Case("1", message, envelope, None, "water", "", "water@hub.example", ANA)
    assert case.said == "ru", "what a program says is mostly its dictionary"
    assert replace(case, web=True).said == "es"
