"""The records a hub's domain needs in the DNS, as a zone file that says why. Pure.

MX, SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989); once mail has a certificate also what mail
programs and MTA-STS (RFC 8461) look for. `missing` compares with what is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.message.auth import canonical, signer
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
    domain: str,
    *,
    host: str,
    dkim_record: str,
    reports: str | None,
    onwards: str = "",
    selector: str = signer.SELECTOR,
) -> tuple[DnsRecord, ...]:
    """What has to be published. `host` is the mail server's name, `reports` who reads DMARC's,
    `onwards` a provider's server that mail goes out by, `selector` that of the key that signs."""
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
            f"v=spf1 mx a:{onwards} ~all" if onwards else "v=spf1 mx -all",
            _SPF_ONWARDS if onwards else _SPF,
        ),
        DnsRecord(
            f"{selector}._domainkey.{domain}",
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


_SPF = (
    "SPF: only the hosts of MX send mail with this domain in the envelope. If your",
    "relay is another host, add `a:its.name` before -all.",
)
_SPF_ONWARDS = (
    "SPF: mail with this domain in the envelope goes out by your provider. Ask there which",
    "`include:` is theirs, and write it in place of `a:`; then ~all may become -all.",
)


def for_key(domain: str, selector: str, dkim_record: str) -> DnsRecord:
    """One more key: the next one, or the one before."""
    why = ("DKIM: the key that signs next, or signed before; `solicomm keys list` says which.",)
    return DnsRecord(f"{selector}._domainkey.{domain}", "TXT", dkim_record, why)


def for_people(
    domain: str, *, host: str, reports: str | None, onwards: str = ""
) -> tuple[DnsRecord, ...]:
    """What a union's domain needs, at which only people have addresses; nothing signs for it."""
    mx, spf, _, dmarc = records(domain, host=host, dkim_record="", reports=reports, onwards=onwards)
    why = ("Mail for the addresses of this union's people goes to the hub's host.",)
    return (replace(mx, why=why), spf, dmarc)


def for_programs(domain: str, *, host: str, web: str) -> tuple[DnsRecord, ...]:
    """By which mail programs find their settings from an address alone: names of the web server
    `web` (autoconfig, autodiscover), and services (RFC 6186, 8314 5.1, 5804 1.8)."""
    names = (
        DnsRecord(
            f"autoconfig.{domain}",
            "CNAME",
            f"{web}.",
            (
                "Mail programs: who types an address and its password is asked for no server.",
                "Thunderbird and others ask at autoconfig, Outlook at autodiscover, others by SRV.",
            ),
        ),
        DnsRecord(f"autodiscover.{domain}", "CNAME", f"{web}.", ()),
    )
    ports = (
        ("_imaps", f"0 1 993 {host}."),
        ("_submissions", f"0 1 465 {host}."),
        ("_submission", f"10 1 587 {host}."),
        ("_sieve", f"0 1 4190 {host}."),
        ("_autodiscover", f"0 1 443 {web}."),
        ("_imap", "0 0 0 ."),
    )
    return names + tuple(DnsRecord(f"{name}._tcp.{domain}", "SRV", to, ()) for name, to in ports)


def for_transport(
    domain: str, *, web: str, policy_id: str, reports: str | None
) -> tuple[DnsRecord, ...]:
    """That mail for a domain comes over TLS: the name and id of its policy (RFC 8461 3.1), and who
    hears of failures (RFC 8460 3)."""
    found = (
        DnsRecord(
            f"mta-sts.{domain}",
            "CNAME",
            f"{web}.",
            (
                "MTA-STS: servers that bring mail learn here that it comes over TLS, with a",
                "certificate that holds. The id changes with `mta_sts` in hub.yaml.",
            ),
        ),
        DnsRecord(f"_mta-sts.{domain}", "TXT", f"v=STSv1; id={policy_id};", ()),
    )
    if reports is None:
        return found
    why = ("TLS-RPT: large senders tell once a day whether that failed.",)
    text = f"v=TLSRPTv1; rua=mailto:{reports}"
    return (*found, DnsRecord(f"_smtp._tls.{domain}", "TXT", text, why))


def zone(found: tuple[DnsRecord, ...]) -> str:
    """The records as a zone file (RFC 1035 5) with comments."""
    return "\n".join(line for record in found for line in _lines(record)).lstrip("\n") + "\n"


def _lines(record: DnsRecord) -> Iterator[str]:
    """A record's lines; what needs no reason stands right below the one before."""
    if record.why:
        yield ""
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
