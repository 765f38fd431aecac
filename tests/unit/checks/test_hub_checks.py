"""What `solicomm check` says of the hub itself: its files, its mail, its certificate, its work."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from solicomm_build.courier import home
from solicomm_build.features.checks import certificate, registry
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import health, liveness
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import selfsigned, smallhub

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    for folder in (made.private, made.keys, made.spool_in, made.state):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    (made.root / "hub.yaml").write_text("name: Test\n")
    return made


def said(hub: Config, id: str) -> list[tuple[str, str]]:
    wanted = [one for one in registry.CHECKS if one.id == id]
    return [(one.level, one.what) for one in registry.check(hub, wanted)]


def test_a_check_that_cannot_look_hides_no_other(hub: Config) -> None:
    def broken(_: Config) -> Iterable[Finding]:
        raise PermissionError(13, "Permission denied", "/some/where")

    found = registry.check(hub, [Check("one", "One", broken), *registry.CHECKS[2:4]])
    assert (found[0].id, found[0].level) == ("one", "fault")
    assert "/some/where Permission denied" in found[0].what
    assert [one.id for one in found] == ["one", "domain", "url"]


def test_https_that_only_a_server_in_front_could_reach_is_said(hub: Config) -> None:
    both = dataclasses.replace(hub, url="https://hub.example", tls=(hub.root / "a", hub.root / "b"))
    assert [level for level, _ in said(both, "url")] == ["fine", "warning"]
    assert "answers 502" in said(both, "url")[1][1]
    for good in ({"tls_on_web": False}, {"http": ("0.0.0.0", 443)}):
        assert [level for level, _ in said(dataclasses.replace(both, **good), "url")] == ["fine"]


def test_the_operators_address_is_elsewhere(hub: Config) -> None:
    inside = dataclasses.replace(hub, operator=f"op@{hub.domain}")
    assert said(inside, "operator")[0][0] == "warning"
    people = dataclasses.replace(hub, operator="op@docks.org", mail_domains={"docks.org": "docks"})
    assert said(people, "operator")[0][0] == "warning"
    assert said(dataclasses.replace(hub, operator="op@x.org"), "operator")[0][0] == "fine"


def test_an_operator_who_has_another_address_by_now_is_named(hub: Config) -> None:
    """Whoever reads the old mailbox could decide in the operator's name, and nothing said so."""
    consent = rosterevents.Consent("mail")
    both = ("op@x.org", "op@new.org")
    events = [rosterevents.member(1, one, at=NOW, consent=consent) for one in both]
    smallhub.add_events(hub, events)
    level, text = said(dataclasses.replace(hub, operator="Op@x.org"), "operator")[0]
    assert level == "warning"
    assert "op@new.org" in text


def test_a_logo_that_is_not_there_is_said(hub: Config) -> None:
    assert said(hub, "brand")[0][0] == "fine"
    level, text = said(dataclasses.replace(hub, brand=Brand(logo="brand/logo.png")), "brand")[0]
    assert level == "warning"
    assert "brand/logo.png" in text
    assert "Put the picture there" in text


def test_a_union_in_mail_domains_that_is_not_here(hub: Config) -> None:
    wrong = dataclasses.replace(hub, mail_domains={"docks.org": "docks"})
    assert said(wrong, "mail-domains")[0][0] == "fault"
    assert "docks" in said(wrong, "mail-domains")[0][1]
    hub.union_repo("docks").mkdir(parents=True)
    assert said(wrong, "mail-domains")[0][0] == "fine"


def test_a_copied_hub_says_that_no_mail_goes_out(hub: Config) -> None:
    sending = dataclasses.replace(hub, delivery="relay")
    home.settle(sending)
    assert said(sending, "home")[0][0] == "fine"
    (hub.spool_out / ".home").write_text("elsewhere\n")
    level, text = said(sending, "home")[0]
    assert level == "fault"
    assert "NO MAIL GOES OUT" in text


def test_the_socket_of_dovecot(hub: Config, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    named = dataclasses.replace(hub, dovecot=f"unix:{path}")
    assert said(named, "dovecot")[0][0] == "fault"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        assert said(named, "dovecot")[0][0] == "fault"  # bound, and nobody listens
        server.listen()
        assert said(named, "dovecot")[0][0] == "fine"


def test_held_mail_that_nobody_is_told_of(hub: Config) -> None:
    assert said(hub, "held") == [("fine", "held mail: none")]
    store = MailStore(open_repo(hub.mail_repo))
    store.begin()
    facts = {"envelope": {"received_at": NOW.isoformat()}}
    store.hold("bar", PostId("a" * 20), b"Subject: x\r\n\r\n", facts)
    store.checkpoint("Hold", when=NOW)
    store.close()
    level, text = said(hub, "held")[0]
    assert level == "fault"
    assert "bar" in text
    known = dataclasses.replace(hub, operator="op@x.org")
    assert said(known, "held") == [("fine", "held mail: in bar, where somebody decides")]


def test_a_quarantine_that_is_not_empty(hub: Config) -> None:
    assert said(hub, "quarantine")[0][0] == "fine"
    hub.spool_quarantine.mkdir(parents=True)
    (hub.spool_quarantine / "in-1.mail").write_bytes(b"x")
    assert said(hub, "quarantine")[0][0] == "warning"


def test_what_is_for_members_is_not_readable_by_others(hub: Config) -> None:
    smallhub.add_conference(hub, Conference("board", {"en": "B"}, visibility="members"))
    way = (hub.root, hub.root / "content", hub.conferences)
    for path in (*way, hub.conference_repo("board"), hub.conference_repo("bar")):
        path.chmod(0o755)
    level, text = said(hub, "members-only")[0]
    assert level == "fault"
    assert "board.git" in text
    assert "bar.git" not in text
    hub.conference_repo("board").chmod(0o750)
    assert said(hub, "members-only")[0][0] == "fine"
    hub.conference_repo("board").chmod(0o755)
    hub.root.chmod(0o750)  # nobody gets that far
    assert said(hub, "members-only")[0][0] == "fine"


def test_a_repository_of_another_user_or_that_cannot_be_written(hub: Config) -> None:
    objects = hub.conference_repo("bar") / "objects"
    assert said(hub, "owner")[0][0] == "fine"
    if os.geteuid() == 0:
        os.chown(objects, 12345, -1)
    else:
        objects.chmod(0o500)
    level, text = said(hub, "owner")[0]
    assert level == "fault"
    assert "content/conferences/bar.git" in text


def test_a_spool_that_takes_no_more(hub: Config) -> None:
    assert said(hub, "spool")[0][0] == "fine"
    (hub.spool_in / "1.mail").write_bytes(b"x")
    limits = dataclasses.replace(hub.limits, spool_files=0)
    assert said(dataclasses.replace(hub, limits=limits), "spool")[0][0] == "fault"


# -- the certificate ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "days", "level", "words"),
    [
        (("hub.example", "mail.hub.example"), 90, "fine", "holds until"),
        (("*.hub.example", "hub.example"), 90, "fine", "holds until"),
        (("hub.example",), 90, "warning", "does not name mail.hub.example"),
        (("hub.example", "mail.hub.example"), 5, "warning", "ends on"),
        (("hub.example", "mail.hub.example"), -5, "fault", "ended on"),
        (("other.example",), 90, "fault", "is of other.example"),
    ],
)
def test_the_certificate(
    hub: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    days: int,
    level: str,
    words: str,
) -> None:
    files = selfsigned.certificate(tmp_path, *names, now=NOW, days=days, issuer="Authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with_tls = dataclasses.replace(hub, tls=files)
    with clock.fixed(NOW):
        found = said(with_tls, "certificate")
    assert any(one == level and words in text for one, text in found)
    assert level != "fine" or {one for one, _ in found} == {"fine"}


def test_a_certificate_of_nobody_is_said_and_is_a_fault_where_mail_depends_on_it(
    hub: Config, tmp_path: Path
) -> None:
    files = selfsigned.certificate(tmp_path, "hub.example", "mail.hub.example", now=NOW)
    with clock.fixed(NOW):
        for mode, level in (("off", "warning"), ("testing", "warning"), ("enforce", "fault")):
            with_tls = dataclasses.replace(hub, tls=files, mta_sts=mode)
            (found,) = (one for one in said(with_tls, "certificate") if "no authority" in one[1])
            assert found[0] == level


@pytest.mark.parametrize(
    ("mode", "is_whole", "level", "words"),
    [
        ("off", False, "warning", "chain.pem holds one certificate, and not its authority's"),
        ("enforce", False, "fault", "chain.pem holds one certificate, and not its authority's"),
        ("enforce", True, "fault", "no authority that this machine knows has signed"),
        ("off", True, "fine", ""),  # an office's own, which setup makes
    ],
)
def test_a_certificate_of_an_authority_that_nobody_knows(
    hub: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: Literal["off", "enforce"],
    is_whole: bool,
    level: str,
    words: str,
) -> None:
    (tmp_path / "other").mkdir()
    selfsigned.certificate(tmp_path / "other", "x.example", now=NOW, issuer="Other")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other" / "authority.pem"))
    names = ("hub.example", "mail.hub.example")
    files = selfsigned.certificate(tmp_path, *names, now=NOW, issuer="Authority")
    if is_whole:
        with files[0].open("ab") as chain:
            chain.write((tmp_path / "authority.pem").read_bytes())
    with clock.fixed(NOW):
        found = said(dataclasses.replace(hub, tls=files, mta_sts=mode), "certificate")
    assert {one for one, _ in found} == {"fine"} | {level}
    assert any(one == level and words in text for one, text in found)


def test_where_a_machine_knows_no_authority_a_certificate_is_not_judged(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    names = ("hub.example", "mail.hub.example")
    files = selfsigned.certificate(tmp_path, *names, now=NOW, issuer="Authority")
    with clock.fixed(NOW):
        found = said(dataclasses.replace(hub, tls=files), "certificate")
    assert {one for one, _ in found} == {"fine"}


def test_a_certificate_that_is_not_there_or_no_use(hub: Config, tmp_path: Path) -> None:
    paths = selfsigned.certificate(tmp_path, "hub.example", now=NOW)
    with_tls = dataclasses.replace(hub, tls=paths)
    paths[1].write_text("nonsense")
    assert "of no use" in said(with_tls, "certificate")[0][1]
    paths[1].unlink()
    level, text = said(with_tls, "certificate")[0]
    assert level == "fault"
    assert str(paths[1]) in text


def test_what_watches_says_that_a_new_certificate_is_of_no_use(hub: Config, tmp_path: Path) -> None:
    paths = selfsigned.certificate(tmp_path, "hub.example", now=NOW, days=5)
    with_tls = dataclasses.replace(hub, tls=paths)

    def watched() -> list[tuple[str, str]]:
        found = certificate.ending(with_tls)
        return [(one.level, one.what) for one in found if one.level != "fine"]

    with clock.fixed(NOW):
        assert [level for level, _ in watched()] == ["warning"]
        selfsigned.certificate(tmp_path / "hub", "hub.example", now=NOW)  # another key's
        paths[0].write_bytes((tmp_path / "hub" / "chain.pem").read_bytes())
        ((level, what),) = watched()
        assert (level, "of no use together" in what) == ("fault", True)
        assert "the certificate cannot be used" in [*health.overdue(health.figures(with_tls))]
        paths[0].write_text("half a certif")
        assert [level for level, _ in watched()] == ["fault"]
        paths[0].unlink()
        assert watched() == [("fault", f"there is no {paths[0]}")]


# -- at work --------------------------------------------------------------------------------------


def test_a_hub_that_does_not_run(hub: Config) -> None:
    level, text = said(hub, "running")[0]
    assert level == "warning"
    assert "does not run" in text


def test_a_stage_that_keeps_ending(hub: Config) -> None:
    liveness.note_end(hub.state, "deliver", 70, 12)
    texts = [text for _, text in said(hub, "running")]
    assert any("deliver keeps ending (exit code 70, 12 times)" in text for text in texts)


def test_a_build_that_left_something_out(hub: Config) -> None:
    facts = {"at": "2026-11-27T00:00:00Z", "failures": [["/x/", "KeyError"]]}
    (hub.state / "build.json").write_text(json.dumps(facts))
    assert said(hub, "last-build")[0][0] == "warning"
