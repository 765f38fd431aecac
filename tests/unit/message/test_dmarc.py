"""DMARC by RFC 9989: where the policy stands, what it says, who speaks for whom."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.types import TxtAnswer
from solicomm_build.message.auth import dmarc
from solicomm_build.message.auth.dmarc import NONE, UNKNOWN, Policy

DEEP = "a.b.c.d.e.f.g.h.i.mail.example"


class Dns:
    """A DNS that counts what it is asked."""

    def __init__(self, *dead: str, gone: tuple[str, ...] = (), **records: str | list[str]) -> None:
        table = {name.replace("_", "."): text for name, text in records.items()}
        self.table = {f"_dmarc.{name}": text for name, text in table.items()}
        self.dead, self.gone, self.asked = dead, gone, list[str]()

    def __call__(self, name: str) -> TxtAnswer:
        self.asked.append(name)
        if name in self.dead or "*" in self.dead:
            raise NameLookupError("no answer")
        texts = self.table.get(name, [])
        texts = [texts] if isinstance(texts, str) else texts
        return TxtAnswer(tuple(text.encode() for text in texts), name not in self.gone)


def p_of(domain: str, dns: Dns) -> str:
    return dmarc.policy(domain, dns).p


def test_the_domains_own_record_is_one_question() -> None:
    dns = Dns(union_example="v=DMARC1; p=reject; adkim=s", example="v=DMARC1; p=none")
    assert dmarc.policy("Union.Example.", dns) == Policy("reject", "union.example", True)
    assert dns.asked == ["_dmarc.union.example"]


def test_no_record_anywhere() -> None:
    dns = Dns()
    assert dmarc.policy("mail.union.example", dns) == NONE
    assert dns.asked == [f"_dmarc.{n}" for n in ("mail.union.example", "union.example", "example")]


def test_a_deep_name_costs_eight_questions_and_jumps_to_seven_labels() -> None:
    dns = Dns()
    dmarc.policy(DEEP, dns)
    assert len(dns.asked) == 8
    assert dns.asked[1] == "_dmarc.e.f.g.h.i.mail.example"
    assert dns.asked[-1] == "_dmarc.example"


def test_subdomains_take_sp_and_those_that_are_not_there_np() -> None:
    record = "v=DMARC1; p=none; sp=quarantine; np=reject"
    assert p_of("union.example", Dns(union_example=record)) == "none"
    assert p_of("a.union.example", Dns(union_example=record)) == "quarantine"
    gone = ("a.union.example",)
    assert p_of("a.union.example", Dns(union_example=record, gone=gone)) == "reject"
    without = "v=DMARC1; p=reject; sp=none"
    assert p_of("a.union.example", Dns(union_example=without, gone=gone)) == "none"
    assert p_of("a.union.example", Dns(union_example="v=DMARC1; p=reject")) == "reject"


@pytest.mark.parametrize(
    ("record", "p"),
    [
        ("v=DMARC1; p=reject; t=y", "quarantine"),
        ("v=DMARC1; p=quarantine; t=y", "none"),
        ("v=DMARC1; p=reject; t=n", "reject"),
        ("v=DMARC1;p=REJECT;pct=0;what=ever", "reject"),
        ("v=DMARC1 ; p = quarantine ;", "quarantine"),
        ("v=DMARC1; rua=mailto:a@b.example", "none"),
        ("v=DMARC1; p=strict; rua=mailto:a@b.example", "none"),
        ("v=DMARC1; p=reject; sp=what", "none"),
        ("v=DMARC1", "none"),
        ("v=DMARC1; p=reject; p=none", "reject"),
        ("v=DMARC1; =; p=reject; ;;", "reject"),
        ("v=dmarc1; p=reject", "none"),
        ("v=DMARC12; p=reject", "none"),
        ("p=reject; v=DMARC1", "none"),
        ("v=spf1 -all", "none"),
    ],
)
def test_records(record: str, p: str) -> None:
    assert p_of("union.example", Dns(union_example=record)) == p


def test_several_records_are_none_and_the_walk_goes_on() -> None:
    two = ["v=DMARC1; p=none", "v=DMARC1; p=quarantine"]
    assert p_of(
        "a.union.example", Dns(a_union_example=two, union_example="v=DMARC1; p=reject")
    ) == ("reject")
    spf = ["v=spf1 -all", "v=DMARC1; p=reject"]
    assert p_of("union.example", Dns(union_example=spf)) == "reject"


def test_the_walk_stops_at_psd() -> None:
    dns = Dns(union_example="v=DMARC1; p=reject; psd=n", example="v=DMARC1; p=none")
    assert p_of("a.b.union.example", dns) == "reject"
    assert "_dmarc.example" not in dns.asked


def test_a_public_suffix_speaks_when_nobody_below_does() -> None:
    dns = Dns(example="v=DMARC1; p=reject; sp=quarantine; psd=y")
    assert p_of("mail.union.example", dns) == "quarantine"
    assert dmarc.organizational("mail.union.example", dns) == "union.example"


def test_the_highest_record_is_the_organization() -> None:
    dns = Dns(a_union_example="v=DMARC1; p=none", union_example="v=DMARC1; p=reject")
    assert dmarc.organizational("b.a.union.example", dns) == "union.example"
    assert dmarc.organizational("nothing.example", dns) == "nothing.example"
    assert p_of("b.a.union.example", dns) == "reject"


def test_a_dns_that_does_not_answer_counts_as_enforcing() -> None:
    assert dmarc.policy("union.example", Dns("*")) == UNKNOWN
    assert UNKNOWN.enforces
    assert not UNKNOWN.certain
    dns = Dns("_dmarc.example", union_example="v=DMARC1; p=none")
    assert dmarc.policy("union.example", dns).certain


@pytest.mark.parametrize("domain", ["", ".", "..", "a b", "x" * 300, "\x00", "ü" * 70, "a\r\nb"])
def test_no_domain_no_policy(domain: str) -> None:
    dns = Dns("*")
    assert dmarc.policy(domain, dns) == NONE
    assert not dmarc.aligned(domain, domain, dns)
    assert not dns.asked


def test_alignment() -> None:
    dns = Dns(
        union_example="v=DMARC1; p=reject",
        other_example="v=DMARC1; p=none",
        example="v=DMARC1; p=none; psd=y",
    )
    yes = [
        ("union.example", "union.example"),
        ("union.example", "mail.union.example"),
        ("a.union.example", "b.union.example"),
        ("UNION.example", "union.EXAMPLE"),
    ]
    no = [
        ("union.example", "other.example"),
        ("union.example", "example"),
        ("union.example", "notunion.example"),
        ("union.example", ""),
    ]
    assert all(dmarc.aligned(author, other, dns) for author, other in yes)
    assert not any(dmarc.aligned(author, other, dns) for author, other in no)
    assert not dmarc.aligned("union.example", "mail.union.example", dns, strict=True)
    assert dmarc.aligned("union.example", "union.example", dns, strict=True)


def test_alignment_asks_nothing_where_names_settle_it_and_is_no_without_answer() -> None:
    dns = Dns("*")
    assert dmarc.aligned("union.example", "union.example", dns)
    assert not dmarc.aligned("union.example", "union.org", dns)
    assert not dns.asked
    assert not dmarc.aligned("union.example", "mail.union.example", dns)


def test_domains_in_other_scripts() -> None:
    assert dmarc.domain_of("josé@münchen.example") == "xn--mnchen-3ya.example"
    assert dmarc.domain_of("ana@UNION.example.") == "union.example"
