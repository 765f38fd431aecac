"""The records a hub's domain needs in the DNS, as a zone file that says why. Pure.

MX, SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989). `missing` compares with what is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.message.auth import canonical, dkim
from solicomm_build.message.auth.dmarc import TxtLookup

_STRING = 255  # octets of a character-string (RFC 1035 3.3)
_TTL = 3600


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record: its name (no dot at the end), type, value, and why it is needed, in lines."""

    name: str
    type: str
    value: str
    why: tuple[str, ...]


def records(
    domain: str, *, host: str, dkim_record: str, reports: str | None
) -> tuple[DnsRecord, ...]:
    """What has to be published. `host` is the mail server's name, `reports` who reads DMARC's."""
    rua = f"; rua=mailto:{reports}" if reports else ""
    return (
        DnsRecord(
            domain,
            "MX",
            f"10 {host}.",
            (
                "Mail for the hub's addresses goes to this host. It needs A and AAAA records, and",
                "its address must lead back to this name (PTR); ask whoever gave you the address.",
            ),
        ),
        DnsRecord(
            domain,
            "TXT",
            "v=spf1 mx -all",
            (
                "SPF: only the hosts of MX send mail with this domain in the envelope. If your",
                "relay is another host, add `a:its.name` before -all.",
            ),
        ),
        DnsRecord(
            f"{dkim.SELECTOR}._domainkey.{domain}",
            "TXT",
            dkim_record,
            (
                "DKIM: every copy is signed with the key in private/keys. Large receivers turn",
                "away lists without it, and one-click unsubscribing needs it (RFC 8058 4).",
            ),
        ),
        DnsRecord(
            f"_dmarc.{domain}",
            "TXT",
            f"v=DMARC1; p=none{rua}",
            (
                "DMARC: receivers want to see one. p=none asks for nothing yet; people write from",
                "this domain, and p=reject would harm their mail on other people's lists.",
            ),
        ),
    )


def for_people(domain: str, *, host: str, reports: str | None) -> tuple[DnsRecord, ...]:
    """What a union's domain needs, at which only people have addresses; nothing signs for it."""
    mx, spf, _, dmarc = records(domain, host=host, dkim_record="", reports=reports)
    why = ("Mail for the addresses of this union's people goes to the hub's host.",)
    return (replace(mx, why=why), spf, dmarc)


def zone(found: tuple[DnsRecord, ...]) -> str:
    """The records as a zone file (RFC 1035 5) with comments."""
    return "\n".join(line for record in found for line in (*_lines(record), ""))


def _lines(record: DnsRecord) -> Iterator[str]:
    for why in record.why:
        yield f"; {why}"
    name = f"{record.name}. {_TTL} IN {record.type}"
    if record.type != "TXT":
        yield f"{name} {record.value}"
        return
    text = record.value
    strings = [text[at : at + _STRING] for at in range(0, len(text), _STRING)]
    if len(strings) == 1:
        yield f'{name} "{text}"'
        return
    yield f"{name} ("
    for one in strings:
        yield f'  "{one}"'
    yield ")"


def missing(found: tuple[DnsRecord, ...], lookup: TxtLookup) -> Iterator[str]:
    """What the DNS does not say, one sentence each; MX is not asked for."""
    for record in found:
        if record.type != "TXT":
            continue
        kind = record.value.partition(" ")[0].rstrip(";")
        try:
            published = [one.decode("ascii", "replace") for one in lookup(record.name).records]
        except NameLookupError as error:
            yield error.public
            continue
        alike = [one for one in published if one.startswith(kind)]
        if not alike:
            yield f"{record.name} has no {kind} record"
        elif len(alike) > 1:
            yield f"{record.name} has {len(alike)} {kind} records, which count as none"
        elif kind == "v=DKIM1" and not _same_key(alike[0], record.value):
            yield f"{record.name} names another key than the one copies are signed with"


def _same_key(published: str, ours: str) -> bool:
    return (canonical.tags(published) or {}).get("p") == (canonical.tags(ours) or {}).get("p")
