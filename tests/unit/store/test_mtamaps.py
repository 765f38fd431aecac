"""What Postfix and Dovecot are told: functions of the hub, written when they change."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.mailboxes import mtamaps
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.smarthost import Smarthost
from solicomm_build.people import passwords, roster, rosterevents, srs
from solicomm_build.people.addresses import Finder
from solicomm_build.people.directory import PeopleDirectory
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.people.roster import Roster
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

KEY = b"k" * 32


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(
        tmp_path / "hub", Conference("water", {"en": "Water"}), operator="op@home.example"
    )
    return replace(made, mail_domains={"metal.example": "metal"}, lmtp="unix:/run/solicomm/lmtp")


@pytest.fixture
def members() -> Roster:
    def box(name: str, domain: str = "", **more: str | bool) -> rosterevents.Event:
        return rosterevents.mailbox(name, at=BEGUN, by="o", domain=domain, **more)  # type: ignore[arg-type]

    return roster.fold(
        [
            box("ana", "metal.example", keep=True),
            box("ben", "metal.example", forward="ben@home.example"),
            box("office", keep=True, forward="x@home.example"),
            box("old", "gone.example", keep=True),
        ]
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_every_address_that_exists_is_in_the_table(hub: Config, members: Roster) -> None:
    told = mtamaps.files(hub, members, Path("/maps"))["postfix/relay_recipients"]
    addresses = [line.removesuffix(" OK") for line in _lines(told)]
    assert len(addresses) == len(set(addresses))
    assert {
        "water@hub.example",
        "water-join@hub.example",
        "water-bounces@hub.example",
        "solicomm@hub.example",
        "postmaster@metal.example",
        "ana@metal.example",
        "ben@metal.example",
        "office@hub.example",
    } <= set(addresses)
    assert "old@gone.example" not in addresses
    directory = PeopleDirectory(
        HubDirectory(
            hub.domain,
            hub.conferences,
            lambda: members.mailboxes,
            finder=Finder(hub, lambda: members),
        ),
        hub.domain,
        domains=hub.mail_domains,
        mailboxes=lambda: members.mailboxes,
        key=KEY,
    )
    verified = _patterns(hub, members, "verified_recipients")
    for address in addresses:
        asked = any(pattern.search(address) for pattern in verified)
        assert asked or directory.resolve(address), f"{address} would be taken and then refused"


def _patterns(hub: Config, members: Roster, name: str) -> list[re.Pattern[str]]:
    """As regexp_table(5) reads them, without regard to case."""
    told = _lines(mtamaps.files(hub, members, Path("/maps"))[f"postfix/{name}"])
    found = [re.fullmatch(r"/(.*)/ (\S+)", line) for line in told]
    return [re.compile(match[1], re.IGNORECASE) for match in found if match]


@pytest.mark.parametrize(
    ("name", "address", "matches"),
    [
        ("verified_recipients", "water-confirm+x@hub.example", True),
        ("verified_recipients", "water-confirm@hub.example", True),
        ("verified_recipients", "water+owner@hub.example", True),
        ("verified_recipients", "SRS0=a=b=c=d@hub.example", True),
        ("verified_recipients", "water@hub.example", False),
        ("verified_recipients", "water-join@hub.example", False),
        ("verified_recipients", "ana+shop@metal.example", False),
        ("list_senders", "water-bounces+tag@hub.example", True),
        ("list_senders", "water-bounces@hub.example", True),
        ("list_senders", "ana@hub.example", False),
        ("list_senders", "water-bounces+tag@hubxexample", False),
        ("return_paths", "{ours}", True),
        ("return_paths", "srs0=x@metal.example", False),
    ],
)
def test_patterns(hub: Config, members: Roster, name: str, address: str, matches: bool) -> None:
    ours = srs.rewritten(KEY, "ana@union.example", hub.domain, 20_000)
    address = address.format(ours=ours)
    assert any(one.search(address) for one in _patterns(hub, members, name)) is matches


def test_the_rest(hub: Config, members: Roster) -> None:
    passwords.set_password(hub, "ana@metal.example", "correct horse")
    passwords.set_password(hub, "ben@metal.example", "correct horse")  # not kept: no door
    told = mtamaps.files(hub, members, Path("/maps"))
    assert _lines(told["postfix/relay_domains"]) == ["hub.example", "metal.example"]
    assert _lines(told["postfix/transport"]) == [
        "hub.example lmtp:unix:/run/solicomm/lmtp",
        "metal.example lmtp:unix:/run/solicomm/lmtp",
    ]
    assert "root@hub.example op@home.example" in told["postfix/virtual"]
    assert _lines(told["postfix/sender_logins"]) == ["ana@metal.example ana@metal.example"]
    (line,) = _lines(told["dovecot/passwd"])
    assert line.startswith("ana@metal.example:{ARGON2ID}$argon2id$")
    assert [line.partition(":")[0] for line in _lines(told["dovecot/users"])] == [
        "ana@metal.example",
        "office@hub.example",
        "old@gone.example",
    ]
    by_port = mtamaps.files(replace(hub, lmtp="127.0.0.1:24"), members, Path("/maps"))
    assert "hub.example lmtp:inet:127.0.0.1:24" in by_port["postfix/transport"]
    nowhere = mtamaps.files(replace(hub, lmtp=None, operator=None), members, Path("/maps"))
    assert "lmtp:unix:/run/solicomm/lmtp" in nowhere["postfix/transport"]
    assert "root@hub.example postmaster@hub.example" in nowhere["postfix/virtual"]


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("dovecot", ["unix:/run/dovecot/lmtp", "127.0.0.1:24", None])
def test_every_mark_is_filled(hub: Config, members: Roster, tls: bool, dovecot: str | None) -> None:
    pair = (Path("/tls/cert.pem"), Path("/tls/key.pem")) if tls else None
    told = mtamaps.files(replace(hub, tls=pair, dovecot=dovecot), members, Path("/maps"))
    main, settings = told["postfix/main.cf"], told["dovecot/dovecot.conf"]
    for text in (main, settings, told["postfix/master.cf"]):
        assert re.search(r"@[A-Z_ ]+@", text) is None
    assert ("smtpd_tls_chain_files = /tls/key.pem, /tls/cert.pem\n" in main) is tls
    assert ("\nsubmissions inet" in told["postfix/master.cf"]) is tls
    assert ("\nssl_server_cert_file = /tls/cert.pem\n" in settings) is tls
    assert ("unix_listener lmtp {" in settings) is (dovecot == "unix:/run/dovecot/lmtp")
    assert settings.count("{") == settings.count("}")


def test_dovecot_2_3_gets_settings_of_its_own_with_every_mark_filled(
    hub: Config, members: Roster
) -> None:
    """tests/operate has that Dovecot read them, on a Debian 12."""
    with_tls = replace(hub, tls=(Path("/c"), Path("/k")), dovecot="unix:/run/dovecot/lmtp")
    text = mtamaps.files(with_tls, members, Path("/maps"), old_dovecot=True)["dovecot/dovecot.conf"]
    assert re.search(r"@[A-Z_ ]+@", text) is None
    assert "dovecot_config_version" not in text
    for line in ("ssl_cert = </c", "ssl_key = </k", "  unix_listener lmtp {"):
        assert f"\n{line}\n" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(("port", "wraps"), [(587, False), (465, True)])
def test_a_providers_relay_gets_all_that_goes_out_over_tls_and_no_password_is_said(
    hub: Config, members: Roster, port: int, wraps: bool
) -> None:
    onwards = replace(hub, smarthost=Smarthost("smtp.provider.example", port))
    text = mtamaps.files(onwards, members, Path("/maps"))["postfix/main.cf"]
    assert f"\nrelayhost = [smtp.provider.example]:{port}\n" in text
    assert "\nsmtp_tls_security_level = secure\n" in text  # no password for who is not that host
    assert "\nsmtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n" in text
    assert "\nsmtp_sasl_password_maps = texthash:/etc/postfix/solicomm_relay\n" in text
    assert ("smtp_tls_wrappermode = yes" in text) is wraps
    plain = mtamaps.files(hub, members, Path("/maps"))["postfix/main.cf"]
    assert "\nsmtp_tls_security_level = may\n" in plain
    assert "relayhost" not in plain


def test_only_what_changed_is_written(hub: Config, members: Roster, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    assert set(mtamaps.write(hub, members, out)) == set(mtamaps.files(hub, members, out))
    assert mtamaps.write(hub, members, out) == []
    assert stat.S_IMODE((out / "dovecot" / "passwd").stat().st_mode) == 0o640
    before = (out / "postfix" / "transport").stat().st_ino
    smallhub.add_conference(hub, Conference("fire", {"en": "Fire"}))
    assert mtamaps.write(hub, members, out) == ["postfix/relay_recipients"]
    assert (out / "postfix" / "transport").stat().st_ino == before


def test_postmap_runs_for_what_is_stale(
    hub: Config, members: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    tool = tools / "postmap"
    tool.write_text('#!/bin/sh\nshift 2\nfor table; do touch "$table.db"; done\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    out = tmp_path / "maps"
    mtamaps.write(hub, members, out)
    assert mtamaps.compile_tables(out) == list(mtamaps.TABLES)
    assert mtamaps.compile_tables(out) == []
    os.utime(out / "postfix" / "virtual.db", (0, 0))
    assert mtamaps.compile_tables(out) == ["virtual"]
    os.utime(out / "postfix" / "virtual.db", (0, 0))
    tool.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    with pytest.raises(UsageError, match="postmap: no such thing"):
        mtamaps.compile_tables(out)


def test_without_postfix_nothing_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    assert mtamaps.compile_tables(tmp_path) == []


def test_what_is_shipped_is_all_there() -> None:
    folder = data.folder("deploy")
    assert {"main.cf", "master.cf"} <= {path.name for path in (folder / "postfix").iterdir()}
    for wanted in (
        "lmtp_line_length_limit = 0",
        "lmtp_destination_recipient_limit = 50",
        "recipient_delimiter = +",
        "smtputf8_enable = yes",
        "smtpd_forbid_bare_newline = normalize",
        "smtpd_forbid_unauth_pipelining = yes",
        "enable_long_queue_ids = yes",
    ):
        assert f"\n{wanted}\n" in (folder / "postfix" / "main.cf").read_text()


def test_lists_are_a_namespace_that_nobody_may_read_but_by_its_acl(
    hub: Config, members: Roster
) -> None:
    told = mtamaps.files(hub, members, Path("/maps"))["dovecot/dovecot.conf"]
    lists = told.partition("namespace lists {")[2].partition("}")[0]
    assert f"mail_path = {hub.mirrors}/imap\n" in lists
    assert "type = public" in lists
    assert "acl_driver = vfile" in told


def test_mail_through_cards_is_let_in_once_there_is_one(hub: Config, members: Roster) -> None:
    from datetime import UTC, datetime

    from solicomm_build.features.people import peoplecards

    def told() -> str:
        return mtamaps.files(hub, members, Path("/maps"))["postfix/relay_recipients"]

    assert "person@hub.example" not in told()
    peoplecards.put(hub, "c_abcdefghij", b"x", b"", datetime(2026, 11, 24, tzinfo=UTC))
    assert "person@hub.example OK\n" in told()


@pytest.mark.parametrize(
    ("field", "goes"),
    [
        ("Authentication-Results: mail.hub.example; dmarc=pass header.from=a.example", True),
        ("authentication-results:MAIL.HUB.EXAMPLE 1; dkim=pass", True),
        ("Authentication-Results: mail.hub.example", True),
        ('Authentication-Results: "mail.hub.example"; dkim=pass', True),
        ("Authentication-Results: (so it says) mail.hub.example; dkim=pass", True),
        ("Authentication-Results :\n mail.hub.example; dkim=pass", True),
        ("Authentication-Results: mail.hub.example.evil.example; dkim=pass", False),
        ("Authentication-Results: mx.other.example; dkim=pass", False),
        ("Subject: Authentication-Results: mail.hub.example;", False),
    ],
)
def test_results_in_our_name_from_outside_are_taken_away(
    hub: Config, members: Roster, field: str, goes: bool
) -> None:
    ours = replace(hub, authserv_id="mail.hub.example")
    made = mtamaps.files(ours, members, Path("/maps"))
    assert "header_checks = regexp:/maps/postfix/foreign_results" in made["postfix/main.cf"]
    (line,) = [row for row in made["postfix/foreign_results"].splitlines() if row[:1] == "/"]
    pattern = line[1:].rpartition("/")[0].replace("[[:space:]]", r"\s").replace("[:space:]", r"\s")
    assert bool(re.search(pattern, field, re.IGNORECASE)) is goes
    without = mtamaps.files(hub, members, Path("/maps"))
    assert "header_checks =" not in without["postfix/main.cf"]


def test_no_value_begins_a_line_of_its_own_in_settings(hub: Config) -> None:
    worse = replace(hub, dovecot="unix:/run/dovecot/lmtp\nmail_uid = 0")
    with pytest.raises(UsageError, match="has a character that"):
        mtamaps.settings(worse, Path("/maps"))


def test_settings_are_shown_as_they_are_written_and_nothing_is_written(hub: Config) -> None:
    (hub.root / "hub.yaml").write_text(hubyaml.template("Hub", "hub.example"))
    told = CliRunner().invoke(main, ["mta-maps", "--show", "--hub", str(hub.root)])
    assert told.exit_code == 0, told.output
    config = hubyaml.load(hub.root)
    old = mtamaps.is_old_dovecot()
    assert json.loads(told.stdout) == mtamaps.settings(config, hub.root / "mta", old_dovecot=old)
    assert not (hub.root / "mta").exists()


RECEIVED = (
    "Received: from [192.168.1.23] (p4fd2.dip0.home.example [198.51.100.7])\n"
    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
    "\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\n"
    "\t(No client certificate requested)\n"
    "\tby mail.hub.example (Postfix) with ESMTPSA id 4f2QxY0Zkz1\n"
    "\tfor <water@hub.example>; Tue, 24 Nov 2026 11:00:00 +0000 (UTC)\n"
)


@pytest.mark.skipif(not shutil.which("postmap", path="/usr/sbin:/usr/bin"), reason="no Postfix")
def test_what_people_send_says_not_from_where(hub: Config, members: Roster, tmp_path: Path) -> None:
    """As Postfix itself reads the table, for mail of who has logged in alone."""
    tls = replace(hub, tls=(Path("/cert.pem"), Path("/key.pem")))
    made = mtamaps.files(tls, members, Path("/maps"))
    table = tmp_path / "own_traces"
    table.write_text(made["postfix/own_traces"])
    (tmp_path / "main.cf").touch()
    looked = ["postmap", "-c", str(tmp_path), "-hm", "-q", "-", f"regexp:{table}"]
    head = f"{RECEIVED}X-Originating-IP: [198.51.100.7]\nSubject: from home by bus\n\n"
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    said = subprocess.run(looked, input=head, capture_output=True, text=True, env=env, check=False)
    told = said.stdout.replace(RECEIVED.rstrip(), "").replace(
        "X-Originating-IP: [198.51.100.7]", ""
    )
    assert told.split("\tREPLACE Received:\tby ")[1].startswith("mail.hub.example (Postfix) with")
    assert told.endswith("\tIGNORE\n")
    assert "Subject" not in told
    assert "198.51.100.7" not in told
    assert "dip0" not in told
    services = made["postfix/master.cf"].split("\nsubmission")[1:]
    assert [one.split("\n")[0].split()[-1] for one in services] == ["smtpd", "smtpd"]
    assert all("cleanup_service_name=own-cleanup" in one for one in services)
    assert made["postfix/master.cf"].count("cleanup_service_name") == 2


def test_a_domain_stands_in_its_own_script_as_well(hub: Config, members: Roster) -> None:
    hub = replace(hub, domain="xn--bcher-kva.example", mail_domains={"xn--e1angi.example": "sea"})
    told = mtamaps.files(hub, members, Path("/maps"))
    ours = ["xn--bcher-kva.example", "bücher.example", "xn--e1angi.example", "море.example"]
    assert _lines(told["postfix/relay_domains"]) == ours
    assert [line.split()[0] for line in _lines(told["postfix/transport"])] == ours
    recipients = _lines(told["postfix/relay_recipients"])
    assert "office@bücher.example OK" in recipients
    assert "postmaster@море.example OK" in recipients
    asked = _patterns(hub, members, "verified_recipients")
    for domain in ours[:2]:
        assert any(one.search(f"water-confirm+x@{domain}") for one in asked)
