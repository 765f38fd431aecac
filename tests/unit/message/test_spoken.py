"""The language of texts, judged by nothing but themselves."""

from __future__ import annotations

import time

import pytest

from solicomm_build.message.text import spoken
from solicomm_build.message.text.spoken import SAMPLE, language

TEXTS = {
    "en": "Thanks for the notes. I think we should ask the depot first, and then write to them.",
    "fr": "Merci pour ces notes. Je crois que nous devons d'abord demander au dépôt, puis écrire.",
    "es": "Gracias por las notas. Creo que primero tenemos que preguntar en el taller y escribir.",
    "pt": "Obrigado pelas notas. Acho que temos de perguntar primeiro na oficina e escrever.",
    "ru": "Спасибо за заметки. Думаю, сначала мы должны спросить в депо, а потом написать им.",
    "ar": "شكرا على الملاحظات. أعتقد أن علينا أن نسأل العمال أولا ثم نكتب إليهم.",
    "de": "Danke für die Notizen. Ich denke, wir sollten zuerst im Depot fragen und schreiben.",
    "it": "Grazie per gli appunti. Penso che dobbiamo prima chiedere al deposito e poi scrivere.",
    "nl": "Bedankt voor de notities. Ik denk dat we eerst bij het depot moeten vragen.",
    "sw": "Asante kwa maelezo haya. Nadhani tunapaswa kuuliza wafanyakazi wa kituo kwanza, na pia"
    " kuandika kwa wote.",
    "tr": "Notlar için teşekkürler. Bence önce depoya sormalıyız ve sonra bu mektubu yazmalıyız.",
    "pl": "Dziękuję za notatki. Myślę, że najpierw musimy zapytać w zajezdni i to jest ważne.",
    "uk": "Дякую за нотатки. Думаю, спочатку ми маємо спитати в депо, а потім їм написати.",
    "fa": "با تشکر از یادداشت ها. فکر می کنم اول باید از کارگران بپرسیم.",
    "ja": "メモをありがとうございます。まず車庫に聞いてから書きましょう。",
    "zh": "谢谢你的笔记。我认为我们应该先问工人，然后再写信。",
    "el": "Ευχαριστώ για τις σημειώσεις. Πρέπει πρώτα να ρωτήσουμε.",
    "ko": "메모 감사합니다. 먼저 차고에 물어보고 편지를 씁시다.",
}


@pytest.mark.parametrize("tag", TEXTS)
def test_a_text_says_its_language_whatever_its_label(tag: str) -> None:
    text = TEXTS[tag]
    assert language(text) == tag
    wrong = "de-DE" if tag != "de" else "en-GB"
    assert language(text, wrong) == tag, "programs name the dictionary that they have open"


def test_a_label_that_fits_lends_its_region() -> None:
    assert language(TEXTS["pt"], "pt-BR") == "pt-BR"
    assert language(TEXTS["de"], "de-AT") == "de-AT"


def test_a_label_counts_for_few_words_in_its_script() -> None:
    assert language("الماء حق.", "ar") == "ar"
    assert language("الماء حق.", "de") == ""
    assert language("Спасибо", "ru") == "ru"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "+1",
        "Ana Silva, Grace Otieno, Salma Haddad",
        "Да",
        "3.14159 42",
        "👍👍👍",
        "foo.c:12: error: x\nbar.c:3: warning: y\n" * 20,
    ],
)
def test_what_cannot_be_told_is_not_said(text: str) -> None:
    assert language(text) == ""
    assert language(text, "de-DE") == ""


def test_a_text_in_two_languages_is_in_the_one_that_its_label_names_or_in_none() -> None:
    both = f"{TEXTS['fr']}\n\n{TEXTS['en']}"
    assert language(both) == ""
    assert language(both, "fr") == "fr"
    assert language(both, "de") == ""


def test_quotes_code_addresses_and_the_old_thread_below_do_not_count() -> None:
    quoted = "".join(f"> {TEXTS['en']}\n" for _ in range(9))
    code = f"```\n{TEXTS['en']}\n{TEXTS['en']}\n```\n"
    old = (
        "-----Original Message-----\nFrom: Bob <b@example.org>\nSent: Monday, March 2, 2026 10:00"
        f"\nTo: Ana\nSubject: Notes\n\n{TEXTS['en']} {TEXTS['en']}\n"
    )
    link = "<https://example.org/the/and/of/to/in/is/that> "
    assert language(f"{quoted}\n{TEXTS['fr']}\n{code}{link * 5}\n{old}") == "fr"


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    text = f"{TEXTS['es']}\n" * (SAMPLE // len(TEXTS["es"]) + 1)
    assert language(text + TEXTS["en"] * 1000) == "es"
    began = time.process_time()
    for hostile in (
        "<" * 10**6,
        "`" * 10**6,
        "a@" * 10**6,
        "a'" * 10**6,
        "\n" * 10**6,
        "я" * 10**6,
    ):
        language(hostile)
    assert time.process_time() - began < 5, "whatever comes: it is near nothing"


def test_the_order_of_words_in_memory_says_nothing() -> None:
    """Sums of fractions did: pages of the same post differed from one process to the next."""
    weights = spoken._weights()
    assert all(isinstance(weight, int) for one in weights.values() for weight in one.values())
    alone = {weight for one in weights.values() for weight in one.values() if len(one) == 1}
    shared = {weight * len(one) for one in weights.values() for weight in one.values()}
    assert alone == shared  # none was rounded
