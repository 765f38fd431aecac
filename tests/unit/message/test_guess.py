"""Text without a label, in the charsets that people of many languages wrote and write."""

from __future__ import annotations

import time

import pytest

from solicomm_build.message import charset
from solicomm_build.message.parse import parse
from solicomm_build.message.text import guess

BODIES = {
    "cp1252": [
        "Bonjour à tous, le comité d'entreprise se réunit jeudi prochain. Prévenez les absents.",
        "La réunion aura lieu à la mairie. Nous vous attendons tous, même les retraités.",
        "Buenos días: la comisión de seguridad se reunirá en el salón. Avisen a los demás.",
        "¿Cuándo será la huelga? Mañana hablaremos de los salarios y de los años de servicio.",
        "Bom dia, a comissão vai reunir-se na próxima semana. Peço atenção para as alterações.",
        "Não se esqueçam de trazer as atas da última assembleia. Até amanhã!",
        "Liebe Kollegen, anbei das Protokoll. Bitte prüft es bis Freitag. Schöne Grüße, Jürgen",
        "La riunione è stata spostata a lunedì. Perché non venite più?",
        "Mötet är på fredag. Vi ses på kontoret för att prata om lönerna.",
    ],
    "cp1250": [
        "Dzień dobry, w załączeniu przesyłam protokół. Proszę o uwagi do piątku.",
        "Schůze se koná v pátek. Přijďte prosím včas, budeme jednat o mzdách.",
        "A gyűlés pénteken lesz. Kérjük, hogy mindenki hozza magával a tagsági könyvét.",
    ],
    "iso8859_2": [
        "Szanowni Państwo, spotkanie przełożono na przyszły tydzień.",
        "Vážení kolegové, přikládám zápis z jednání. Hlasování skončilo.",
        "A gyűlés pénteken lesz, és nem marad el. Kérjük, hogy mindenki jöjjön el időben.",
    ],
    "cp1254": ["Sayın üyeler, genel kurul toplantısı cuma günü yapılacak. Teşekkürler."],
    "koi8_r": ["Добрый день, прикрепляю решение комитета.", "Собрание состоится в пятницу."],
    "cp1251": [
        "Добрый день, прикрепляю решение комитета.",
        "Доброго дня! Зарплату знову затримали, що робити?",
        "Събранието на синдиката ще се проведе в петък.",
    ],
    "koi8_u": ["Збори профспілки відбудуться у п'ятницю. Прошу всіх прийти вчасно."],
    "cp1256": ["السلام عليكم أيها الزملاء، أرسل إليكم محضر الاجتماع", "جلسه روز جمعه برگزار شد"],
    "cp1253": ["Η συνέλευση του σωματείου θα γίνει την Παρασκευή."],
    "iso8859_7": ["Η συνέλευση του σωματείου θα γίνει την Παρασκευή."],
    "cp1255": ["ישיבת האיגוד תתקיים ביום שישי", "בוקר טוב, מצורף הפרוטוקול"],
    "cp932": ["組合の会議は金曜日に行われます。よろしくお願いします。"],
    "euc_jp": ["組合の会議は金曜日に行われます。よろしくお願いします。"],
    "iso2022_jp": ["組合の会議は金曜日に行われます。よろしくお願いします。", "議事録"],
    "gb18030": ["工会会议将于星期五举行，请各位准时参加。"],
    "big5": ["工會會議將於星期五舉行，請各位準時參加。"],
    "cp949": ["노동조합 회의는 금요일에 열립니다. 감사합니다."],
    "iso2022_kr": ["노동조합 회의는 금요일에 열립니다."],
    "cp874": ["การประชุมสหภาพจะจัดขึ้นในวันศุกร์"],
}
SUBJECTS = {
    "cp1252": [
        "Réunion à 18 h",
        "Grève générale",
        "Café",
        "Congés payés",
        "Élections",
        "Reunión",
        "Año nuevo",
        "¡Feliz año!",
        "Petición",
        "Reunião",
        "São Paulo",
        "Eleições",
        "Größe",
        "Kündigung",
        "Città",
        "Così",
        "Hälsningar",
        "Noël",
        "Compañeras",
        "Última hora",
    ],
    "cp1250": ["Wniosek o podwyżkę płac", "Łódź", "Přihláška", "Sztrájkbizottság ülése"],
    "cp1254": ["İşçi sendikası", "Değerli arkadaşlar"],
    "koi8_r": ["Забастовка на заводе", "ЗАБАСТОВКА", "Привет", "Re: протокол собрания"],
    "cp1251": ["Забастовка на заводе", "ЗАБАСТОВКА", "Привет", "Шановні колеги", "Заява"],
    "cp1256": ["اجتماع النقابة يوم الجمعة", "إضراب", "بيان"],
    "cp1253": ["Απεργία", "Ανακοίνωση"],
    "cp1255": ["שביתה", "ועד העובדים"],
    "cp932": ["労働組合のお知らせ", "議事録"],
    "gb18030": ["会议通知", "劳动合同"],
    "big5": ["會議通知", "勞動契約"],
    "cp949": ["회의 안내", "임금 교섭"],
}


def _each(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(codec, text) for codec, texts in table.items() for text in texts]


@pytest.mark.parametrize(("codec", "text"), _each(BODIES))
def test_a_body_without_a_label(codec: str, text: str) -> None:
    octets = text.encode(codec)
    assert charset.decode(octets, study=True)[0] == text
    if not octets.isascii():
        assert charset.decode(octets, "us-ascii", study=True) == (text, True)


@pytest.mark.parametrize(("codec", "text"), _each(SUBJECTS))
def test_a_subject_without_a_label(codec: str, text: str) -> None:
    raw = b"Subject: " + text.encode(codec) + b"\r\nFrom: a@b.example\r\n\r\nx\r\n"
    assert parse(raw).subject == text


@pytest.mark.parametrize(
    ("codec", "text", "said"),
    [
        ("cp1254", "Grev kararı", b"From: a@union.tr"),
        ("iso8859_2", "Kérjük õket".replace("õ", "ő"), b"Content-Language: hu"),
        ("cp1250", "Žádost", b"Content-Type: text/plain; charset=windows-1250"),
        ("cp932", "給料", b"From: a@union.jp"),
        ("koi8_r", "Ура", b"Content-Type: text/plain; charset=koi8-r"),
    ],
)
def test_what_the_mail_says_elsewhere_helps(codec: str, text: str, said: bytes) -> None:
    raw = b"Subject: " + text.encode(codec) + b"\r\n" + said + b"\r\n\r\nx\r\n"
    assert parse(raw).subject == text


def test_names_are_read_like_the_subject() -> None:
    head = "From: Иван Петров <a@b.example>\r\nSubject: Протокол\r\n\r\n".encode("koi8_r")
    message = parse(head + "Завтра собрание.\r\n".encode("koi8_r"))
    assert message.from_[0].name == "Иван Петров"
    assert (message.subject, message.text.strip()) == ("Протокол", "Завтра собрание.")


@pytest.mark.parametrize("text", ["Réunion à 18 h", "Café", "Año", "Grüße", "Não"])
def test_there_is_no_utf_16_without_a_mark(text: str) -> None:
    for size in (1, 2):
        octets = text.encode("cp1252") * size
        assert charset.decode(octets, study=True)[0] == text * size


def test_a_text_cut_within_a_character_is_what_it_says() -> None:
    text = "Le comité se réunit jeudi à la mairie, et à l'été prochain. " * 9
    assert charset.decode(text.encode()[:-1] + "é".encode()[:1], "utf-8", study=True)[0] == (
        text[:-1] + "Ã"
    )
    chinese = "工会会议将于星期五举行" * 9
    text, guessed = charset.decode(chinese.encode("gb18030") + b"\xb9", "gb2312", study=True)
    assert guessed
    assert text.startswith(chinese)


def test_octets_that_a_charset_does_not_know_are_kept_as_characters() -> None:
    words = "Собрание состоится в пятницу. " * 4
    text, _ = charset.decode(words.encode("cp1251") + b"\x98\r\n", study=True)
    assert text == words + "\u02dc\r\n"
    flood = words.encode("cp1251") * 20 + b"\x98 " * 500
    assert charset.decode(flood, study=True)[0].startswith(words * 20)


def test_ascii_has_no_charset_to_guess() -> None:
    assert guess.codec_of(b"abc") is None


def test_the_same_octets_read_the_same_everywhere() -> None:
    octets = "Réunion à 18 h".encode("cp1252")
    assert {charset.decode(octets, study=True) for _ in range(3)} == {("Réunion à 18 h", True)}


def test_a_large_text_costs_no_more_than_its_first_piece() -> None:
    octets = "Réunion à 18 h. ".encode("cp1252") * 100_000
    begun = time.process_time()
    charset.decode(octets, study=True)
    assert time.process_time() - begun < 2
