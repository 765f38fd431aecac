"""What providers answer, read by us; what we answer ourselves is read in tests/e2e."""

from __future__ import annotations

import pytest

from solicomm_build.features.library.cards.entry import Creator
from solicomm_build.features.library.exchange.harvesting import page, provider
from solicomm_build.features.library.exchange.reading import Faulty, Found, Gone
from solicomm_build.foundation.errors import ContentError

URL = "https://archive.example/oai"
HEAD = '<?xml version="1.0"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
)


def record(inner: str, name: str = "oai:a:1", stamp: str = "2026-05-01", **attributes: str) -> str:
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    metadata = f"<metadata>{DC}{inner}</oai_dc:dc></metadata>" if inner else ""
    return (
        f"<record><header{said}><identifier>{name}</identifier><datestamp>{stamp}</datestamp>"
        f"</header>{metadata}</record>"
    )


def listed(*records: str, tail: str = "") -> bytes:
    return f"{HEAD}<ListRecords>{''.join(records)}{tail}</ListRecords></OAI-PMH>".encode()


def one(inner: str) -> Found:
    (item,) = page(listed(record(inner)), URL, "en").items
    assert isinstance(item, Found), item
    return item


def test_a_rich_record() -> None:
    found = one(
        '<dc:title xml:lang="eng">Heat\n at work</dc:title>'
        '<dc:title xml:lang="fr">Chaleur</dc:title>'
        "<dc:creator>Otieno, Grace</dc:creator><dc:creator>Rail Union</dc:creator>"
        "<dc:publisher>Rail Union</dc:publisher><dc:subject>Salaires</dc:subject>"
        "<dc:subject>tea breaks: long</dc:subject><dc:date>2025-11-03T10:00:00Z</dc:date>"
        "<dc:type>Text</dc:type><dc:type>info:eu-repo/semantics/book</dc:type>"
        "<dc:language>eng</dc:language><dc:language>Fre</dc:language><dc:coverage>KE</dc:coverage>"
        "<dc:coverage>East Africa</dc:coverage><dc:description>One.\nTwo.</dc:description>"
        "<dc:identifier>https://doi.org/10.1000/182</dc:identifier>"
        "<dc:identifier>https://archive.example/1</dc:identifier>"
        "<dc:identifier>urn:ISBN:9780000000002</dc:identifier>"
        "<dc:identifier>register: 17/2025</dc:identifier><dc:rights>CC-BY-4.0</dc:rights>"
    )
    entry = found.entry
    assert found.source == f"oai:{URL}#oai:a:1"
    assert found.note == "2026-05-01"
    assert entry.title == {"en": "Heat at work", "fr": "Chaleur"}
    assert entry.creators == (Creator("Otieno, Grace"), Creator("Rail Union", "org"))
    assert entry.subjects == ("ilo-taxonomy:wages", "free:tea-breaks-long")
    assert (entry.type, entry.date.issued) == ("book", "2025-11-03")
    assert (entry.languages, entry.countries) == (("en", "fr"), ("KE",))
    assert entry.abstract == {"en": "One.\nTwo."}
    known = entry.identifiers
    assert (known.doi, known.isbn) == ("10.1000/182", "9780000000002")
    assert known.url == "https://archive.example/1"
    assert known.other == (("register", "17/2025"),)
    assert entry.rights.licence == "CC-BY-4.0"


def test_what_a_card_cannot_hold_is_cut_or_left_out() -> None:
    entry = one(
        f"<dc:title>{'x' * 900}&#x202e;</dc:title><dc:date>circa 1990</dc:date>"
        f"<dc:language>the usual</dc:language><dc:subject>{'y ' * 400}</dc:subject>"
        f"<dc:description>{'z' * 9000}</dc:description><dc:rights>{'r' * 300}</dc:rights>"
    ).entry
    assert len(entry.title["en"]) == 300
    assert (entry.date.issued, entry.languages, entry.type) == ("", ("en",), "report")


def test_one_faulty_record_spoils_no_other() -> None:
    good, title = record("<dc:title>A</dc:title>"), "<dc:title>B</dc:title>"
    bad = [
        record("<dc:creator>Nobody</dc:creator>", "oai:a:2"),
        record("", "oai:a:3"),
        record(title, "oai:a:4", stamp="soon"),
        record(title, "oai:a:" + "5" * 600),
        record(title, "has spaces in it"),
    ]
    items = page(listed(*bad, good), URL, "en").items
    said = [item.error.public for item in items if isinstance(item, Faulty)]
    assert len(said) == len(bad)
    assert all(text.startswith(f"{URL}: ") and "Tell the provider" in text for text in said)
    assert "oai:a:2: it has no title" in said[0]
    assert isinstance(items[-1], Found)


def test_deletions_tokens_and_sums() -> None:
    tail = '<resumptionToken completeListSize="7"> next </resumptionToken>'
    found = page(
        listed(record("", status="deleted", stamp="2026-05-02T00:00:00Z"), tail=tail),
        URL,
        "en",
        "set=a",
    )
    assert found.items == (Gone(f"oai:{URL}#oai:a:1", "2026-05-02T00:00:00Z set=a"),)
    assert (found.token, found.total, found.newest) == ("next", 7, "2026-05-02T00:00:00Z")


def error(code: str) -> bytes:
    return f'{HEAD}<error code="{code}">No.</error></OAI-PMH>'.encode()


def test_nothing_new_is_no_error() -> None:
    assert page(error("noRecordsMatch"), URL, "en").items == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<OAI-PMH", "not XML"),
        (b"\x00\xff", "not XML"),
        (b"<html/>", "not OAI-PMH"),
        (f"{HEAD}</OAI-PMH>".encode(), "no list of records"),
        (error("badArgument"), "refuses: badArgument: No"),
        (error("badResumptionToken"), "Harvest again"),
        (b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>', "entities"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "entities"),
    ],
)
def test_answers_that_are_none(data: bytes, said: str) -> None:
    with pytest.raises(ContentError, match=said) as raised:
        page(data, URL, "en")
    assert raised.value.public.startswith(URL)


def test_identify() -> None:
    body = (
        "<Identify><repositoryName>Old papers</repositoryName><protocolVersion>{}</protocolVersion>"
        "<granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>"
    )
    found = provider((HEAD + body.format("2.0")).encode(), URL)
    assert (found.name, found.days) == ("Old papers", True)
    with pytest.raises(ContentError, match=r"1\.1, not 2\.0"):
        provider((HEAD + body.format("1.1")).encode(), URL)


@pytest.mark.parametrize(
    ("said", "date"),
    [
        (("2012-09-25T15:41:14Z", "2012-09-25T15:41:14Z", "1987"), "1987"),
        (("2012-09-25T15:41:14Z", "soon"), "2012-09-25"),
        (("1914-18",), "1914"),
        (("1998-1999",), "1998"),
        (("1890 – 1893",), "1890"),
        (("1987-00-00",), "1987"),
    ],
)
def test_the_date_is_when_it_was_issued(said: tuple[str, ...], date: str) -> None:
    dates = "".join(f"<dc:date>{text}</dc:date>" for text in said)
    assert one(f"<dc:title>A</dc:title>{dates}").entry.date.issued == date


def test_a_subject_without_a_letter_keeps_no_record_out() -> None:
    entry = one("<dc:title>A</dc:title><dc:subject>:</dc:subject><dc:subject>B</dc:subject>").entry
    assert entry.subjects == ("free:b",)


def test_a_language_has_its_shortest_code() -> None:
    assert one("<dc:title>A</dc:title><dc:language>swe</dc:language>").entry.languages == ("sv",)


def test_the_licence_is_the_one_that_is_named() -> None:
    said = ("info:eu-repo/semantics/openAccess", "Lakeside", "https://a.example/licenses/by/4.0/")
    for rights, licence in ((said, said[2]), (said[:2], "Lakeside"), (said[:1], "")):
        inner = "".join(f"<dc:rights>{text}</dc:rights>" for text in rights)
        assert one(f"<dc:title>A</dc:title>{inner}").entry.rights.licence == licence
