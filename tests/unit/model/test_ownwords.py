"""What people and their programs put around what they want to say is taken off, and no more."""

from __future__ import annotations

import pytest

from solicomm_build.features.topics import commands as topiccommands
from solicomm_build.foundation.types import Mailbox
from solicomm_build.post import ownwords

GRACE = ownwords.names_of([Mailbox("Grace Atieno", "grace.a@lakeside.example")])
WRITTEN = ["Please write", "", "a little more."]

QUOTATIONS = [
    "On Fri, 27 Nov 2026 at 10:00, Formation <formation@hub.example> wrote:\n> Hello",
    "On Fri, Nov 27, 2026 at 10:00 AM Formation syndicale\n<formation@hub.example> wrote:\n> Hello",
    "Le ven. 27 nov. 2026 à 10:00, Formation syndicale <\nx@hub.example> a écrit :\n\n> Bonjour",
    "El vie, 27 nov 2026 a las 10:00, Ana (<ana@x.example>) escribió:\n> Hola",
    "Em sex., 27 de nov. de 2026 às 10:00, Ana <\nana@x.example> escreveu:\n> Olá",
    "пт, 27 нояб. 2026 г. в 10:00, Анна <ana@x.example>:\n> Привет",
    "في الجمعة، 27 نوفمبر 2026 كتب Ana <ana@x.example>:\n> مرحبا",
    "-----Original Message-----\nFrom: Ana\n\nHello",
    "________________________________\nDe : Ana\nEnvoyé : vendredi",
    "From: Ana <ana@x.example>\nSent: Friday, 27 November 2026\nTo: Grace\n\nHello",
    "On Fri, Nov 27, 2026 at 10:00 AM, Ana <ana@x.example> wrote:\n\nHello all,\nwe meet",
    "El vie, 27 nov 2026 a las 10:00, Ana <ana@x.example> escribió:\n\nHola\na todas",
    "Le ven. 27 nov. 2026 à 10:00, Ana\n<ana@x.example> a écrit :\n\nBonjour",
    "De: Ana <ana@x.example>\nEnviado el: viernes, 27 de noviembre de 2026 10:00\nPara: Grace\n\nA",
    "De: Ana <ana@x.example>\nEnviada em: sexta-feira, 27 de novembro de 2026 10:00\nPara: G\n\nA",
    "De : Ana <ana@x.example>\nEnvoyé le : vendredi 27 novembre 2026 10:00\nÀ : Grace\n\nBonjour",
    "Von: Ana <ana@x.example>\nGesendet: Freitag, 27. November 2026 10:00\nAn: Grace\n\nHallo",
    "Da: Ana <ana@x.example>\nInviato: venerdì 27 novembre 2026 10:00\nA: Grace\n\nCiao",
    "*From:* Ana <ana@x.example>\n*Sent on:* Friday, 27 November 2026 10:00\n*To:* Grace\n\nHello",
    "-- \nGrace Atieno, Lakeside Union",
    "--\nGrace",
    "Sent from my iPhone",
    "Enviado desde mi Samsung",
    "Отправлено с iPhone",
]


@pytest.mark.parametrize("after", QUOTATIONS)
def test_only_what_was_written_is_left(after: str) -> None:
    text = "\n".join([*WRITTEN, "", *after.split("\n")])
    assert [row for row in ownwords.rows(text) if row] == [row for row in WRITTEN if row]


def test_what_stands_between_quotations_is_read_where_it_is_wanted() -> None:
    text = "accept 1\n> first\n\ndiscard 2\n> second\n"
    assert ownwords.rows(text) == ["accept 1"]
    found = [row for row in ownwords.rows(text, beyond_quotes=True) if row]
    assert found == ["accept 1", "discard 2"]


def test_a_line_with_a_colon_stays_where_it_leads_to_no_mail() -> None:
    assert ownwords.rows("Compare this:\n> a quoted rule") == ["Compare this:"]


@pytest.mark.parametrize(
    "signed",
    [
        "Grace",
        "— Grace",
        "Grace A.",
        "Thanks, Grace",
        "Thank you!",
        "Best regards,\nGrace Atieno",
        "In solidarity\n\nGrace Atieno\nLakeside Union",
        "Saludos, Rosa",
        "Un abrazo\nRosa",
        "Cordialement,\nGrace",
        "Merci !",
        "Abraços,\nGrace",
        "С уважением, Грейс",
        "مع تحياتي\nغريس",
    ],
)
def test_a_sign_off_is_no_line_of_commands(signed: str) -> None:
    found = ["pin", "label water", "", *signed.split("\n"), ""]
    assert ownwords.without_signoff(found, GRACE) == ["pin", "label water"]
    script = topiccommands.read("\n".join(found), GRACE)
    assert [order.act for order in script.orders] == ["pin", "label"]
    assert script.is_bare


@pytest.mark.parametrize(
    "last",
    [
        "Thanks to everybody who came to the meeting on Monday",
        "Rosa",
        "Best of all is the 3rd",
        "Grace said that we should wait until the next meeting",
    ],
)
def test_what_is_no_sign_off_stays(last: str) -> None:
    assert ownwords.without_signoff(["pin", last], GRACE) == ["pin", last]


def test_commands_are_never_taken_off() -> None:
    gracious = ownwords.names_of([Mailbox("Pin Close", "pin@x.example")])
    script = topiccommands.read("pin\nclose\n", gracious)
    assert [order.act for order in script.orders] == ["pin", "close"]


def test_a_summary_that_was_only_signed_has_no_text() -> None:
    assert topiccommands.read("summary\n\nGrace", GRACE).wrong[0].fault == "text"
    assert "agreed" in topiccommands.read("summary\nWe agreed.\n\nGrace", GRACE).text


def test_a_greeting_goes_where_something_follows() -> None:
    assert ownwords.without_greeting(["Hello Grace,", "", "2"]) == ["2"]
    assert ownwords.without_greeting(["Hola"]) == ["Hola"]
    for said in ("Здравствуйте!", "Добрый день, Анна", "تحية طيبة", "السلام عليكم"):
        assert ownwords.without_greeting([said, "2"]) == ["2"]
    assert ownwords.without_greeting(["History first", "2"]) == ["History first", "2"]


@pytest.mark.parametrize("closing", ["تحية نقابية", "مع التحية", "مع خالص التحية،", "С уважением,"])
def test_a_closing_goes_however_it_is_folded(closing: str) -> None:
    assert ownwords.without_signoff(["2", "", closing, "Грейс"]) == ["2"]


@pytest.mark.parametrize(
    "line",
    [
        "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
        "Obtén Outlook para Android",
        "Получить Outlook для iOS",
        "احصل على Outlook لـ iOS",
        "Enviado do Yahoo Mail no Android",
    ],
)
def test_a_telephone_s_last_line_is_nobody_s_words(line: str) -> None:
    assert ownwords.rows(f"2\n\n{line}\n") == ["2", ""]


def test_news_keep_their_quotations_and_rules() -> None:
    text = "News\n\n> said Ana\n\n-----\n\nMore\n\nSent from my phone"
    assert ownwords.before_signature(text)[-2:] == ["More", ""]
    assert "> said Ana" in ownwords.before_signature(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yes\nOd: Ana\nWysłano: wtorek\nDo: Eva\n", [(1, 4)]),
        ("> *From:* Ana\n> *Sent:* Tuesday\n> *To:* Eva\nA: b\nnot", [(0, 4)]),
        ("差出人： Ana\n日時： 火曜日\n宛先： Eva", [(0, 3)]),
        ("From: Ana\nTo: Eva\n\nSent: Tuesday", []),
        ("From: Ana\nTo: " + "x" * 500 + "\nSent: Tuesday", []),
    ],
)
def test_labels_above_a_letter(text: str, found: list[tuple[int, int]]) -> None:
    assert [*ownwords.labelled(text.split("\n"))] == found
