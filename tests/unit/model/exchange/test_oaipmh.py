"""The six verbs of OAI-PMH 2.0, their errors, and harvesting in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from solicomm_build.features.library.exchange import dublincore, oaipmh, xml
from solicomm_build.features.library.exchange.oaipmh import Record, Wanted
from tests.unit.model.exchange.cards import WHEN, full

NS = {"oai": xml.OAI, "dc": xml.DC}
URL = "https://hub.example.org/oai"


@dataclass
class Repository:
    """Records in memory."""

    all: list[Record] = field(default_factory=list)
    name: str = "The hub"
    email: str = "postmaster@hub.example.org"
    domain: str = "hub.example.org"

    def earliest(self) -> datetime:
        return WHEN

    def sets(self) -> Sequence[tuple[str, str]]:
        return [("library:agreements", "Agreements"), ("type:report", "Reports")]

    def record(self, library: str, key: str) -> Record | None:
        return next((r for r in self.all if (r.library, r.key) == (library, key)), None)

    def records(self, wanted: Wanted) -> Sequence[Record]:
        return self._matching(wanted, wanted.after)[: wanted.limit]

    def count(self, wanted: Wanted) -> int:
        return len(self._matching(wanted, ""))

    def _matching(self, wanted: Wanted, after: str) -> list[Record]:
        kind, _, name = wanted.set.partition(":")
        return [
            record
            for record in sorted(self.all, key=lambda record: record.order)
            if record.order > after
            and (wanted.since is None or record.stamp >= wanted.since)
            and (wanted.until is None or record.stamp <= wanted.until)
            and (not kind or {"library": record.library, "type": record.type}.get(kind) == name)
        ]


def _record(number: int, *, deleted: bool = False) -> Record:
    key = f"2026-aaaaa{number:03}".replace("0", "b").replace("1", "c").replace("8", "d")
    key = key.replace("9", "e")
    card = replace(full(), entry=replace(full().entry, id=f"lib:{key}"))
    stamp = WHEN + timedelta(seconds=number // 3)  # several in one second
    return Record("agreements", key, "report", stamp, None if deleted else card)


@pytest.fixture(scope="module")
def repository() -> Repository:
    return Repository([_record(number, deleted=number % 50 == 7) for number in range(501)])


def ask(repository: Repository, **arguments: str) -> ElementTree.Element:
    pairs = [(name.rstrip("_"), value) for name, value in arguments.items()]
    now = datetime(2026, 5, 6, 7, 8, 9, 999, tzinfo=UTC)
    return ElementTree.fromstring(oaipmh.answer(pairs, repository, URL, now))


def _text(root: ElementTree.Element, path: str) -> str | None:
    return root.findtext(path, namespaces=NS)


def test_identify(repository: Repository) -> None:
    root = ask(repository, verb="Identify")
    assert _text(root, "oai:responseDate") == "2026-05-06T07:08:09Z"
    assert _text(root, "oai:Identify/oai:baseURL") == URL
    assert _text(root, "oai:Identify/oai:deletedRecord") == "persistent"
    request = root.find("oai:request", NS)
    assert request is not None
    assert (request.text, request.get("verb")) == (URL, "Identify")


def test_sets_and_formats(repository: Repository) -> None:
    specs = ask(repository, verb="ListSets").findall(".//oai:setSpec", NS)
    assert [spec.text for spec in specs] == ["library:agreements", "type:report"]
    root = ask(repository, verb="ListMetadataFormats")
    assert _text(root, ".//oai:metadataPrefix") == "oai_dc"


def test_one_record_in_every_language_of_its_title(repository: Repository) -> None:
    key = repository.all[0].key
    root = ask(
        repository,
        verb="GetRecord",
        metadataPrefix="oai_dc",
        identifier=f"oai:hub.example.org:agreements/{key}",
    )
    titles = root.findall(".//dc:title", NS)
    assert [title.get(f"{{{xml.XML}}}lang") for title in titles] == ["en", "sw"]
    assert titles[0].text == "Pay & <hours> at 100% {Lakeside_Depot} #7"
    assert "https://doi.org/10.1000/182" in [e.text for e in root.findall(".//dc:identifier", NS)]


def test_a_deleted_record_has_a_header_only(repository: Repository) -> None:
    key = repository.all[7].key
    root = ask(
        repository,
        verb="GetRecord",
        metadataPrefix="oai_dc",
        identifier=f"oai:hub.example.org:agreements/{key}",
    )
    header = root.find(".//oai:header", NS)
    assert header is not None
    assert header.get("status") == "deleted"
    assert root.find(".//oai:metadata", NS) is None


def test_a_harvest_in_batches_brings_every_record_once(repository: Repository) -> None:
    found: list[str] = []
    root = ask(repository, verb="ListIdentifiers", metadataPrefix="oai_dc")
    answers = 0
    while True:
        answers += 1
        found += [e.text or "" for e in root.findall(".//oai:identifier", NS)]
        token = root.find(".//oai:resumptionToken", NS)
        assert token is not None
        assert token.get("completeListSize") == "501"
        assert token.get("cursor") == str((answers - 1) * oaipmh.BATCH)
        if not token.text:
            break
        root = ask(repository, verb="ListIdentifiers", resumptionToken=token.text)
    assert answers == 3
    assert sorted(found) == sorted(
        f"oai:hub.example.org:agreements/{record.key}" for record in repository.all
    )


def test_a_list_of_exactly_one_batch_has_no_token() -> None:
    whole = Repository([_record(number) for number in range(oaipmh.BATCH)])
    root = ask(whole, verb="ListRecords", metadataPrefix="oai_dc")
    assert len(root.findall(".//oai:record", NS)) == oaipmh.BATCH
    token = root.find(".//oai:resumptionToken", NS)
    assert token is None or not token.text


def test_dates_are_inclusive_and_may_be_days(repository: Repository) -> None:
    day = f"{WHEN:%Y-%m-%d}"
    root = ask(repository, verb="ListIdentifiers", metadataPrefix="oai_dc", from_=day, until=day)
    assert root.find(".//oai:resumptionToken", NS) is not None
    second = f"{WHEN:%Y-%m-%dT%H:%M:%SZ}"
    root = ask(
        repository, verb="ListIdentifiers", metadataPrefix="oai_dc", from_=second, until=second
    )
    assert len(root.findall(".//oai:header", NS)) == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Delete"}, "badVerb"),
        ({"verb": "Identify", "set": "x"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "yesterday"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-13-40"}, "badArgument"),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from_": "2026-01-01",
                "until": "2026-01-01T00:00:00Z",
            },
            "badArgument",
        ),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from_": "2026-02-01",
                "until": "2026-01-01",
            },
            "badArgument",
        ),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "library:none"},
            "noRecordsMatch",
        ),
        ({"verb": "ListRecords", "resumptionToken": "WyJhIl0"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "é%"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x", "set": "y"}, "badArgument"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        (
            {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "lib:2026-x"},
            "idDoesNotExist",
        ),
        ({"verb": "ListMetadataFormats", "identifier": "oai:other:a/b"}, "idDoesNotExist"),
    ],
)
def test_faults_have_the_protocol_s_codes(
    repository: Repository, arguments: dict[str, str], code: str
) -> None:
    error = ask(repository, **arguments).find("oai:error", NS)
    assert error is not None
    assert error.get("code") == code
    assert error.text


def test_an_argument_given_twice_is_a_fault(repository: Repository) -> None:
    pairs = [("verb", "Identify"), ("verb", "Identify")]
    root = ElementTree.fromstring(oaipmh.answer(pairs, repository, URL, WHEN))
    error = root.find("oai:error", NS)
    assert error is not None
    assert error.get("code") == "badArgument"


def test_control_characters_in_a_card_do_not_break_the_xml() -> None:
    odd = full(title={"en": "a\x00b\x0bc\ufffed ]]> &"})
    record = Record("agreements", odd.entry.key, "report", WHEN, odd)
    root = ask(Repository([record]), verb="ListRecords", metadataPrefix="oai_dc")
    assert _text(root, ".//dc:title") == "abcd ]]> &"


def test_a_licence_stands_apart_from_who_holds_the_rights() -> None:
    said = [text for name, text, _ in dublincore.elements(full()) if name == "rights"]
    assert said == ["CC-BY-4.0", "LMWU"]
