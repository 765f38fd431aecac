"""OAI-PMH 2.0: answers to harvesters (openarchives.org/OAI/openarchivesprotocol.html).

`answer` is the whole protocol as a function of a request's arguments and of a `Repository`, which
knows the records. Identifiers are `oai:<domain>:<library>/<key>`; sets are `library:<id>` and
`type:<card type>`; deleted records are kept for ever (section 2.5.1, `persistent`); dates are whole
seconds in UTC. A resumption token holds the request and the place it got to, so the server keeps
nothing between two requests and a token never expires.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from solicomm_build.features.library.exchange import dublincore, xml
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.post.books.xhtml import clean

PREFIX = "oai_dc"
BATCH = 200
"""Records in one answer."""

_VERBS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # verb: (required, optional); resumptionToken is exclusive (section 2.5, 3.5)
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (
        frozenset({"metadataPrefix"}),
        frozenset({"from", "until", "set", "resumptionToken"}),
    ),
    "ListRecords": (
        frozenset({"metadataPrefix"}),
        frozenset({"from", "until", "set", "resumptionToken"}),
    ),
}

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ORDER = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z [^ /]+/[^ /]+", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `card` is None when it was deleted. `stamp` is UTC-aware, whole seconds. `named`
    is the library in the identifier, which stays (OAI-PMH 2.0, 2.4), when it is not `library`."""

    library: str
    key: str
    type: str
    stamp: datetime
    card: Published | None
    named: str = ""

    @property
    def order(self) -> str:
        """Where it stands in every list: by date, then by identifier."""
        return f"{_stamp(self.stamp)} {self.library}/{self.key}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: dates UTC-aware and inclusive, `set` a setSpec or "", after `after` (an
    `order`, "" from the start), at most `limit`."""

    since: datetime | None = None
    until: datetime | None = None
    set: str = ""
    after: str = ""
    limit: int = BATCH


class Repository(Protocol):
    """What knows the records. `name` and `email` are the hub's; `domain` is in identifiers."""

    name: str
    email: str
    domain: str

    def earliest(self) -> datetime:
        """Not later than any record's date."""

    def sets(self) -> Sequence[tuple[str, str]]:
        """(setSpec, setName) of every set."""

    def record(self, library: str, key: str) -> Record | None:
        """One record, or None when there never was one."""

    def records(self, wanted: Wanted) -> Sequence[Record]:
        """The records wanted, in their order."""

    def count(self, wanted: Wanted) -> int:
        """How many there are, `after` and `limit` aside."""


class _Refused(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def answer(
    arguments: Sequence[tuple[str, str]], repository: Repository, url: str, now: datetime
) -> bytes:
    """The XML answer to a request; `arguments` as they came, doubles included, `url` is the
    provider's own address. Never raises for a bad request: the answer says what was wrong."""
    root = xml.Element(f"{{{xml.OAI}}}OAI-PMH")
    root.set(
        f"{{{xml.XSI}}}schemaLocation",
        f"{xml.OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
    )
    xml.add(root, xml.OAI, "responseDate", _stamp(now))
    try:
        given = _checked(arguments)
        body = _ANSWERS[given["verb"]](_Request(given, repository, url))
    except _Refused as fault:
        attributes = {} if fault.code in ("badVerb", "badArgument") else dict(arguments)
        _request(root, url, attributes)
        xml.add(root, xml.OAI, "error", fault.text, code=fault.code)
    else:
        _request(root, url, given)
        root.append(body)
    return xml.document(root, xml.OAI)


@dataclass(frozen=True, slots=True)
class _Request:
    given: Mapping[str, str]
    repository: Repository
    url: str


def _checked(arguments: Sequence[tuple[str, str]]) -> dict[str, str]:
    given = dict(arguments)
    if len(given) != len(arguments):
        raise _Refused("badArgument", "An argument is given twice.")
    verb = given.get("verb", "")
    if verb not in _VERBS:
        raise _Refused("badVerb", f"The verb is one of {', '.join(_VERBS)}.")
    required, optional = _VERBS[verb]
    names = set(given) - {"verb"}
    if "resumptionToken" in names and "resumptionToken" in optional:
        if names != {"resumptionToken"}:
            raise _Refused("badArgument", "A resumptionToken stands alone.")
        return given
    if missing := required - names:
        raise _Refused("badArgument", f"{verb} needs {', '.join(sorted(missing))}.")
    if strange := names - required - optional:
        raise _Refused("badArgument", f"{verb} knows no {', '.join(sorted(strange))}.")
    return given


def _request(root: xml.Element, url: str, attributes: Mapping[str, str]) -> None:
    element = xml.Element(f"{{{xml.OAI}}}request")
    for name, value in attributes.items():
        element.set(name, clean(value))
    element.text = url
    root.insert(1, element)


def _identify(request: _Request) -> xml.Element:
    repository = request.repository
    body = xml.Element(f"{{{xml.OAI}}}Identify")
    for name, value in (
        ("repositoryName", repository.name),
        ("baseURL", request.url),
        ("protocolVersion", "2.0"),
        ("adminEmail", repository.email),
        ("earliestDatestamp", _stamp(repository.earliest())),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ("compression", "gzip"),
    ):
        xml.add(body, xml.OAI, name, value)
    return body


def _formats(request: _Request) -> xml.Element:
    if "identifier" in request.given:
        _record(request)
    body = xml.Element(f"{{{xml.OAI}}}ListMetadataFormats")
    entry = xml.add(body, xml.OAI, "metadataFormat")
    xml.add(entry, xml.OAI, "metadataPrefix", PREFIX)
    xml.add(entry, xml.OAI, "schema", dublincore.SCHEMA)
    xml.add(entry, xml.OAI, "metadataNamespace", xml.OAI_DC)
    return body


def _sets(request: _Request) -> xml.Element:
    if "resumptionToken" in request.given:
        raise _Refused("badResumptionToken", "ListSets answers at once, without tokens.")
    body = xml.Element(f"{{{xml.OAI}}}ListSets")
    for spec, name in request.repository.sets():
        entry = xml.add(body, xml.OAI, "set")
        xml.add(entry, xml.OAI, "setSpec", spec)
        xml.add(entry, xml.OAI, "setName", name)
    return body


def _get(request: _Request) -> xml.Element:
    record = _record(request)
    _prefix(request.given["metadataPrefix"])
    body = xml.Element(f"{{{xml.OAI}}}GetRecord")
    _full(body, record, request.repository.domain)
    return body


def _list(request: _Request) -> xml.Element:
    verb = request.given["verb"]
    wanted, sent = _wanted(request)
    found = request.repository.records(wanted)
    if not found:
        raise _Refused("noRecordsMatch", "No record is of that set and those dates.")
    body = xml.Element(f"{{{xml.OAI}}}{verb}")
    domain = request.repository.domain
    for record in found:
        if verb == "ListRecords":
            _full(body, record, domain)
        else:
            _header(body, record, domain)
    more = len(found) == wanted.limit
    if more or sent:
        total = request.repository.count(wanted)
        more = sent + len(found) < total
        token = _token(wanted, found[-1].order, sent + len(found)) if more else ""
        xml.add(
            body, xml.OAI, "resumptionToken", token, completeListSize=str(total), cursor=str(sent)
        )
    return body


def _wanted(request: _Request) -> tuple[Wanted, int]:
    """Which records the request asks for, and how many went out before."""
    given = request.given
    if "resumptionToken" in given:
        return _resumed(given["resumptionToken"])
    _prefix(given["metadataPrefix"])
    since, until = given.get("from", ""), given.get("until", "")
    if since and until and len(since) != len(until):
        raise _Refused("badArgument", "from and until have different granularity.")
    wanted = Wanted(_moment(since, "from"), _moment(until, "until"), given.get("set", ""))
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise _Refused("badArgument", "from is later than until.")
    return wanted, 0


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        if _SECOND.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if _DAY.fullmatch(text):
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            return day + timedelta(days=1, seconds=-1) if name == "until" else day
    except ValueError:
        pass
    raise _Refused("badArgument", f"{name} is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")


def _prefix(prefix: str) -> None:
    if prefix != PREFIX:
        raise _Refused("cannotDisseminateFormat", f"The only metadataPrefix here is {PREFIX}.")


def _record(request: _Request) -> Record:
    head = f"oai:{request.repository.domain}:"
    identifier = request.given["identifier"]
    library, slash, key = identifier.removeprefix(head).partition("/")
    found = request.repository.record(library, key) if slash else None
    if not identifier.startswith(head) or found is None:
        raise _Refused("idDoesNotExist", f"Identifiers here look like {head}library/2026-7qk3xa2m.")
    return found


def _full(parent: xml.Element, record: Record, domain: str) -> None:
    entry = xml.add(parent, xml.OAI, "record")
    _header(entry, record, domain)
    if record.card is not None:
        metadata = xml.add(entry, xml.OAI, "metadata")
        metadata.append(dublincore.record(record.card))


def _header(parent: xml.Element, record: Record, domain: str) -> None:
    header = xml.add(parent, xml.OAI, "header")
    if record.card is None:
        header.set("status", "deleted")
    library = record.named or record.library
    xml.add(header, xml.OAI, "identifier", f"oai:{domain}:{library}/{record.key}")
    xml.add(header, xml.OAI, "datestamp", _stamp(record.stamp))
    xml.add(header, xml.OAI, "setSpec", f"library:{record.library}")
    if record.type:
        xml.add(header, xml.OAI, "setSpec", f"type:{record.type}")


def _token(wanted: Wanted, after: str, sent: int) -> str:
    state = [
        _stamp(wanted.since) if wanted.since else "",
        _stamp(wanted.until) if wanted.until else "",
        wanted.set,
        after,
        sent,
    ]
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def _resumed(token: str) -> tuple[Wanted, int]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        since, until, of, after, sent = json.loads(text)
        if not (isinstance(of, str) and isinstance(sent, int) and _ORDER.fullmatch(after)):
            raise ValueError
        _moment(after.partition(" ")[0], "after")
        dates = [_moment(date, name) for date, name in ((since, "from"), (until, "until"))]
    except (ValueError, TypeError, RecursionError, binascii.Error, _Refused):
        raise _Refused("badResumptionToken", "That token was not made here.") from None
    return Wanted(dates[0], dates[1], of, after), max(0, sent)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


_ANSWERS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _get,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}
