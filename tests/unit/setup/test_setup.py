"""`solicomm setup` on a machine in a folder: each step once, again, after a power cut, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from cryptography import x509

from solicomm_build.cli.main import main
from solicomm_build.features.setup import answers, asking, authority, plan, reach, trusting
from solicomm_build.features.setup.answers import Answers, Relay
from solicomm_build.features.setup.step import UnprovenError, remove, walk
from solicomm_build.features.setup.steps import hub as hubsteps
from solicomm_build.features.setup.steps import office
from solicomm_build.foundation.errors import ConfigError, HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import smallhub, webserver
from tests.unit.setup.bare import HUB, Bare, CutError, files

ANSWERS = Answers(
    "hub.example.org",
    "op@elsewhere.example",
    unions=("docks.example.org",),
    backup="/var/backups/solicomm",
    addresses=("192.0.2.25", "2001:db8::25"),
)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Everything can be reached, and names lead to the machine."""
    names = {f"{one}hub.example.org": ANSWERS.addresses for one in ("", "mail.")}
    monkeypatch.setattr(reach, "addresses", lambda: ANSWERS.addresses)
    monkeypatch.setattr(reach, "lookup", lambda name: names.get(name, ()))
    monkeypatch.setattr(reach, "greets", lambda port, words, host="": True)
    monkeypatch.setattr(reach, "listens", lambda port, host="": True)
    monkeypatch.setattr(reach, "certified", lambda name, port, host="": "")
    monkeypatch.setattr(reach, "page", lambda name, trusts="": "")
    return names


def set_up(bare: Bare, found: Answers = ANSWERS) -> int:
    return walk(plan.steps(found), bare.machine(), lambda line: None, lambda fault: False)


@pytest.mark.parametrize("server", answers.SERVERS)
def test_a_bare_machine_is_a_hub_and_the_second_time_nothing_is_done(
    tmp_path: Path, server: str
) -> None:
    bare, found = Bare(tmp_path), replace(ANSWERS, server=server)
    assert set_up(bare, found) > 8
    config = hubyaml.load(tmp_path / HUB)
    assert config.mail_domains == {"docks.example.org": "docks"}
    assert (config.delivery, config.tls_on_web) == ("relay", server == "none")
    assert {"solicomm", "solicomm-maps.timer", "postfix", "dovecot"} <= bare.active
    unit = (tmp_path / "etc/systemd/system/solicomm.service").read_text()
    assert "ExecStart=/srv/solicomm/app" not in unit
    before, ran = files(tmp_path), len(bare.ran)
    assert set_up(bare, found) == 0
    assert files(tmp_path) == before
    again = "\n".join(bare.ran[ran:])
    assert not any(
        word in again for word in ("restart", "apt-get", "certonly", " init ", "adduser")
    )


def test_nginx_gets_names_of_mail_programs_once_they_are_published(
    tmp_path: Path, world: dict[str, tuple[str, ...]]
) -> None:
    bare, found = Bare(tmp_path), replace(ANSWERS, server="nginx")
    set_up(bare, found)
    assert not any("autoconfig" in line for line in bare.ran)
    world["autoconfig.hub.example.org"] = world["mta-sts.docks.example.org"] = ANSWERS.addresses
    assert set_up(bare, found) > 0
    asked = next(line for line in bare.ran if "--cert-name autoconfig.hub.example.org" in line)
    assert asked.endswith("-d autoconfig.hub.example.org -d mta-sts.docks.example.org")
    assert set_up(bare, found) == 0


@pytest.mark.parametrize("is_older", [False, True])
def test_what_somebody_changed_in_the_settings_stays_when_it_runs_again(
    tmp_path: Path, is_older: bool
) -> None:
    """As after each upgrade: the operator who had left was back, and a union's domain gone."""
    bare = Bare(tmp_path)
    set_up(bare)
    yaml, journal = tmp_path / HUB / "hub.yaml", tmp_path / "var/lib/solicomm-setup/journal.json"
    text = yaml.read_text().replace("operator: op@", "operator: ben@")
    text = text.replace("mail_domains: {", "mail_domains: {metal.example.org: metal, ")
    assert "operator: ben@" in text
    yaml.write_text(text)
    if is_older:  # an earlier version noted nothing
        known = json.loads(journal.read_text())
        known.pop("settings", None)
        journal.write_text(json.dumps(known))
        hubsteps.remember(bare.machine(), ANSWERS)
    set_up(bare)
    assert yaml.read_text() == text
    other = replace(ANSWERS, operator="cy@elsewhere.example")
    set_up(bare, other)
    assert "operator: cy@elsewhere.example" in yaml.read_text()
    assert "metal.example.org" in yaml.read_text(), "of that the answers say what they said"
    set_up(bare)
    assert f"operator: {ANSWERS.operator}" in yaml.read_text()


def test_a_new_hub_in_the_place_of_one_that_went_is_set_up_whole(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    set_up(bare)
    yaml = tmp_path / HUB / "hub.yaml"
    whole = yaml.read_text()
    yaml.write_text(hubyaml.template("Hub", ANSWERS.domain))
    set_up(bare)
    assert yaml.read_text() == whole


LOOKS = ("ss ", "dpkg-query", "id ", "systemctl --quiet is-active")
"""Programs that change nothing: a cut at them is one at the next."""


@pytest.mark.parametrize("late", [False, True])
def test_a_power_cut_at_any_program_loses_nothing_and_the_next_run_goes_on(
    tmp_path: Path, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.foundation.safeio.os.fsync", lambda fd: None)
    bare = Bare(tmp_path / "whole")
    set_up(bare)
    whole = files(bare.root)
    cuts = [at for at, line in enumerate(bare.ran, 1) if not line.startswith(LOOKS)]
    assert len(cuts) > 25
    for cut in cuts:
        bare = Bare(tmp_path / f"cut{cut}")
        bare.cut, bare.late = cut, late
        with pytest.raises(CutError):
            set_up(bare)
        bare.cut = 0
        set_up(bare)
        assert files(bare.root) == whole, f"cut at {bare.ran[cut - 1]}"
    assert set_up(bare) == 0


@pytest.mark.parametrize("server", answers.SERVERS)
def test_remove_brings_back_what_was_there_and_leaves_the_hub(tmp_path: Path, server: str) -> None:
    bare, found = Bare(tmp_path), replace(ANSWERS, server=server)
    mine = tmp_path / "etc/postfix/main.cf"
    mine.parent.mkdir(parents=True)
    mine.write_text("# mine\n")
    set_up(bare, found)
    assert mine.read_text() != "# mine\n"
    remove(plan.steps(found), bare.machine(), lambda line: None)
    assert mine.read_text() == "# mine\n"
    assert (tmp_path / "etc/dovecot/dovecot.conf").read_text() == "as Debian brings it\n"
    assert not (tmp_path / "etc/systemd/system/solicomm.service").exists()
    assert not (tmp_path / "usr/local/bin/solicomm").is_symlink()
    assert bare.packages == {"bash"}
    assert not {"solicomm", "solicomm-backup.timer"} & bare.active
    assert (tmp_path / HUB / "hub.yaml").exists()
    assert bare.accounts == {"solicomm"}, "it owns the hub that stays"
    if server == "nginx":
        assert (tmp_path / "etc/nginx/sites-enabled/default").exists()
    remove(plan.steps(found), bare.machine(), lambda line: None)
    set_up(bare, found)
    assert "solicomm" in bare.active


MILTER = "smtpd_milters = inet:127.0.0.1:11332"


def test_what_the_operator_adds_to_postfix_stays_also_when_settings_change(tmp_path: Path) -> None:
    bare, main = Bare(tmp_path), tmp_path / "etc/postfix/main.cf"
    set_up(bare)
    main.write_text(f"{main.read_text()}{MILTER}\n")
    assert set_up(bare) == 0
    more = replace(ANSWERS, unions=(*ANSWERS.unions, "metal.example.org"))
    assert set_up(bare, more) > 0
    assert MILTER in main.read_text()
    assert "metal.example.org: metal" in main.read_text()
    assert set_up(bare, more) == 0


def test_filters_of_a_hub_that_was_set_up_by_hand_stay(tmp_path: Path) -> None:
    main = tmp_path / "etc/postfix/main.cf"
    main.parent.mkdir(parents=True)
    main.write_text(f"# SoliComm hub\nold = 1\n{MILTER}\n")
    set_up(Bare(tmp_path))
    assert MILTER in main.read_text()
    assert "old = 1" not in main.read_text()


def test_own_lines_that_cannot_be_brought_together_are_said(tmp_path: Path) -> None:
    bare, settings = Bare(tmp_path), tmp_path / "etc/dovecot/dovecot.conf"
    set_up(bare)
    settings.write_text(f"{settings.read_text()}mail_debug = yes\n")
    assert set_up(bare) == 0
    with pytest.raises(HubError, match="lines of your own, such as “mail_debug = yes”"):
        set_up(bare, replace(ANSWERS, operator="new@elsewhere.example"))
    assert "mail_debug = yes" in settings.read_text()


def test_what_others_installed_before_stays(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.packages |= {"git", "postfix"}
    set_up(bare)
    remove(plan.steps(ANSWERS), bare.machine(), lambda line: None)
    assert bare.packages == {"bash", "git", "postfix"}


def test_names_that_lead_elsewhere_are_waited_for(
    tmp_path: Path, world: dict[str, tuple[str, ...]]
) -> None:
    bare, asked = Bare(tmp_path), list[str]()
    world["mail.hub.example.org"] = ("198.51.100.1",)

    def patience(fault: str) -> bool:
        asked.append(fault)
        world["mail.hub.example.org"] = ANSWERS.addresses
        return len(asked) < 2

    walk(plan.steps(ANSWERS), bare.machine(), lambda line: None, patience)
    assert len(asked) == 1
    assert "mail.hub.example.org leads to 198.51.100.1" in asked[0]
    world.clear()
    with pytest.raises(UnprovenError, match=r"not in the DNS yet.*zone\.txt"):
        set_up(bare)


def test_the_zone_has_addresses_the_way_back_and_all_the_hub_needs(tmp_path: Path) -> None:
    set_up(Bare(tmp_path))
    zone = (tmp_path / "etc/solicomm/zone.txt").read_text()
    for line in (
        "mail.hub.example.org. 3600 IN A 192.0.2.25",
        "hub.example.org. 3600 IN AAAA 2001:db8::25",
        "; Ask whoever gave you 192.0.2.25 to let it lead back (PTR) to mail.hub.example.org.",
        "hub.example.org. 3600 IN MX 10 mail.hub.example.org.",
    ):
        assert line in zone.splitlines()


UBUNTU = """\
PRETTY_NAME="Ubuntu 24.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.3 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
"""


def test_ubuntu_is_known_by_what_it_says_of_itself(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    (tmp_path / "etc/os-release").write_text(UBUNTU)
    assert set_up(bare) > 8
    assert "solicomm" in bare.active


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("etc/os-release", UBUNTU.replace("24.04", "22.04"), "this is Ubuntu 22.04.3 LTS"),
        ("etc/os-release", 'ID=fedora\nPRETTY_NAME="Fedora 43"\n', "this is Fedora 43"),
        ("proc/meminfo", "MemTotal: 400000 kB\n", "390 MB of memory"),
    ],
)
def test_a_machine_that_will_not_do_is_told_at_once(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    bare = Bare(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(UnprovenError, match=words):
        set_up(bare)
    assert bare.ran == []


@pytest.mark.parametrize(
    ("server", "program", "port", "is_told"),
    [
        ("caddy", "apache2", 80, True),
        ("caddy", "nginx", 443, True),
        ("caddy", "caddy", 443, False),
        ("nginx", "nginx", 80, False),
        ("none", "caddy", 80, True),
        ("caddy", "master", 25, False),
        ("caddy", "sendmail", 25, True),
        ("caddy", "sshd", 22, False),
        ("caddy", "python3", 80, True),
        ("caddy", "python3", 8080, True),
        ("none", "python3", 8080, False),
        ("none", "solicomm", 443, True),
        ("caddy", "solicomm", 8025, True),
        ("caddy", "smtpd", 25, True),
        ("nginx", "certbot", 80, False),
        ("nginx", "master", 10026, False),
        ("nginx", "cyrmaster", 4190, True),
    ],
)
def test_a_port_that_another_program_has_is_told_before_anything_is_done(
    tmp_path: Path, server: str, program: str, port: int, is_told: bool
) -> None:
    bare = Bare(tmp_path)
    bare.listening = f'LISTEN 0 511 *:{port} *:* users:(("{program}",pid=7,fd=4))\n'
    if not is_told:
        assert set_up(bare, replace(ANSWERS, server=server)) > 8
        return
    with pytest.raises(UnprovenError, match=f"{program} listens at port {port}"):
        set_up(bare, replace(ANSWERS, server=server))
    assert bare.packages == {"bash"}


def test_every_port_that_is_taken_is_told_at_once(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.listening = (
        'LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("apache2",pid=8,fd=4),("apache2",pid=7,fd=4))\n'
        'LISTEN 0 511 [::]:80 [::]:* users:(("apache2",pid=8,fd=4),("apache2",pid=7,fd=4))\n'
        "LISTEN 0 100 127.0.0.1:587 0.0.0.0:*\n"
    )
    told = r"apache2 listens at port 80, .*; a program without a name listens at port 587, "
    with pytest.raises(UnprovenError, match=told) as raised:
        set_up(bare)
    assert str(raised.value).count("at port 80") == 1
    bare.refuses = "ss "
    with pytest.raises(UnprovenError, match="apt-get install iproute2"):
        set_up(bare)
    assert bare.packages == {"bash"}


def test_the_hubs_own_service_is_no_other_program(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.listening = 'LISTEN 0 99 127.0.0.1:8080 0.0.0.0:* users:(("python3.11",pid=7,fd=4))\n'
    bare.active.add("solicomm")
    assert set_up(bare) > 8


def test_a_program_that_refuses_is_named_with_its_words(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.refuses = "apt-get"
    with pytest.raises(HubError, match=r"(?s)apt-get update.*it does not want to"):
        set_up(bare)


def test_another_hub_in_its_place_is_left_alone(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    yaml = tmp_path / HUB / "hub.yaml"
    yaml.parent.mkdir(parents=True)
    yaml.write_text(hubyaml.template("Other", "other.example"))
    with pytest.raises(HubError, match=r"is the hub other\.example, not hub\.example\.org"):
        set_up(bare)
    assert "\ndelivery: relay" not in yaml.read_text()


def test_a_hub_that_was_half_made_when_the_power_went_is_put_aside(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    half = tmp_path / HUB / "content/half.git"
    half.mkdir(parents=True)
    set_up(bare)
    assert not half.exists()
    aside = (tmp_path / HUB).parent.glob("hub.unfinished-*/content/*")
    assert [path.name for path in aside] == ["half.git"]
    assert "solicomm" in bare.active


def test_a_providers_password_is_for_root_alone_and_stands_nowhere_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("tidal pool\n")
    relay = Relay("smtp.provider.example", 587, "me@provider.example", secret)
    bare = Bare(tmp_path / "root")
    set_up(bare, replace(ANSWERS, relay=relay))
    kept = bare.root / "etc/postfix/solicomm_relay"
    assert kept.read_text() == "[smtp.provider.example]:587 me@provider.example:tidal pool\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    others = [name for name, text in files(bare.root).items() if "tidal pool" in text]
    assert others == ["etc/postfix/solicomm_relay"]
    assert not any("tidal pool" in line for line in bare.ran)
    assert "smarthost: {host: smtp.provider.example, port: 587}" in (
        (bare.root / HUB / "hub.yaml").read_text()
    )
    secret.write_text("\n")
    with pytest.raises(HubError, match="write the password into its first line"):
        set_up(bare, replace(ANSWERS, relay=relay))


OFFICE = Answers("hub.local", "op@elsewhere.example", server="none", local=True)


def test_an_office_has_a_hub_with_an_authority_of_its_own(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    assert set_up(bare, OFFICE) > 8
    assert set_up(bare, OFFICE) == 0
    assert not any("certbot" in line or "caddy" in line for line in bare.ran)
    chain = (tmp_path / "etc/solicomm/tls/fullchain.pem").read_bytes()
    leaf, root = x509.load_pem_x509_certificates(chain)
    within = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert within.critical
    assert within.value.permitted_subtrees == [x509.DNSName("hub.local")]
    leaf.verify_directly_issued_by(root)
    assert office.fingerprint(bare.machine()).count(":") == 31
    assert (tmp_path / HUB / "trust/root.pem").read_bytes() in chain
    key = tmp_path / "var/lib/solicomm-setup/root.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "host-name=hub\n" in (tmp_path / "etc/avahi/avahi-daemon.conf").read_text()
    config = hubyaml.load(tmp_path / HUB)
    assert (config.url, config.dns, config.mta_sts) == ("https://hub.local", "off", "off")


def test_the_authority_stays_when_its_certificate_is_made_anew(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    set_up(bare, OFFICE)
    root = (tmp_path / "var/lib/solicomm-setup/root.pem").read_text()
    (tmp_path / "etc/solicomm/tls/fullchain.pem").unlink()
    assert set_up(bare, OFFICE) == 1
    assert (tmp_path / "var/lib/solicomm-setup/root.pem").read_text() == root
    assert "systemctl reload solicomm" in bare.ran


def test_devices_come_to_trust_it_and_other_hubs_have_no_such_page(tmp_path: Path) -> None:
    config = replace(smallhub.make(tmp_path / "hub"), url="https://hub.local", domain="hub.local")
    pem = authority.root("hub.local").certificate
    with webserver.running(config) as server:
        assert webserver.ask(server, trusting.PAGE).status == 404
        (config.root / "trust").mkdir()
        (config.root / trusting.FILE).write_text(pem)
        page = webserver.ask(server, trusting.PAGE)
        assert authority.fingerprint(pem) in page.body.decode()
        taken = webserver.ask(server, trusting.ROOT)
        assert taken.body.decode() == pem
        assert taken.headers["content-type"] == "application/x-x509-ca-cert"
        assert webserver.ask(server, trusting.CODE).body.startswith(b"<svg")


def test_a_key_of_several_lines_goes_whole() -> None:
    text = "a: 1\nrelay:\n  host: x\n  port: 2\n# why\nb: 2\n"
    assert hubsteps.merged(text, {"relay": "{host: y}"}) == "a: 1\nrelay: {host: y}\n# why\nb: 2\n"


def test_six_questions_are_asked_until_the_answers_fit_together() -> None:
    @click.command()
    def asked() -> None:
        click.echo(answers.text(asking.ask()))

    first = "hub.example.org\nme@hub.example.org\nnone\n\n\n\n"
    second = "hub.example.org\nop@elsewhere.example\ndocks.example.org, metal.example.org\n"
    ended = CliRunner().invoke(asked, input=f"{first}{second}www.hub.example.org\nnginx\nnone\n")
    assert "when it is down, nobody hears of it" in ended.output
    file = ended.output.partition("schema:")[2]
    found = answers.parse(f"schema:{file}", "x")
    assert found.unions == ("docks.example.org", "metal.example.org")
    assert (found.host, found.server, found.backup) == ("www.hub.example.org", "nginx", "")


# -- answers ----------------------------------------------------------------------------------


def test_answers_that_are_written_are_read_again() -> None:
    relay = Relay("smtp.provider.example", 465, "me: you", Path("/etc/pw"))
    for one in (
        ANSWERS,
        OFFICE,
        replace(ANSWERS, name="Häfen: alle", web="www.hub.example.org", pages="sites.example"),
        replace(ANSWERS, relay=replace(relay, user="me"), acme="https://ca.example/dir", backup=""),
    ):
        again = answers.parse(answers.text(one), "x")
        assert again == replace(one, web=one.host)


def test_unions_get_ids_that_differ() -> None:
    found = replace(ANSWERS, unions=("docks.a.example", "docks.b.example", "docks.b.example.org"))
    assert list(found.mail_domains.values()) == ["docks", "docks-b", "docks-b-example"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("domain: no_domain", "is not a domain name"),
        ("operator: nobody", "is not understood"),
        ("operator: me@hub.example.org", "when it is down, nobody hears of it"),
        ("unions: [x]", "is not a domain name"),
        ("unions: [hub.example.org]", "is the hub's own domain"),
        ("web: {server: apache}", "cannot be 'apache'"),
        ("web: {server: nginx, pages: sites.example}", "behind Caddy alone"),
        ("addresses: [here]", "is not an IP address"),
        ("addresses: [10.0.0.5]", "which is the router's"),
        ('addresses: ["2001:db8::1", "fe80::1"]', "fe80::1 is an address within"),
        ("domain: hub.local", "Write `local: true`"),
        ("backup: somewhere", "is not understood"),
        ("backup: /srv/solicomm/hub/backup/", "is in the hub itself"),
        ("backup: restic:rest:https://me:secret@backup.example/", "a password stands in the"),
        ("relay: {host: a.example, user: me, password-file: pw}", "is not a path from /"),
        ("bakup: /x", "Did you mean `backup`"),
        ("local: yes", "cannot be found without a DNS"),
    ],
)
def test_a_faulty_answer_is_named_with_its_line_and_remedy(
    tmp_path: Path, line: str, words: str
) -> None:
    file = tmp_path / "answers.yaml"
    base = {"domain": "domain: hub.example.org", "operator": "operator: op@elsewhere.example"}
    base[line.partition(":")[0]] = line
    file.write_text("\n".join(base.values()) + "\n")
    with pytest.raises(ConfigError) as refused:
        answers.read(file)
    assert words in refused.value.public
    assert f"{file}, line " in refused.value.public


def test_an_answer_that_is_missing_is_one_fault(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("domain: hub\n")
    with pytest.raises(ConfigError) as refused:
        answers.read(file)
    assert "`operator` is missing" in refused.value.public
    assert "nobody hears of it" not in refused.value.public


def test_dry_run_shows_the_plan_to_everybody_and_does_nothing(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(answers.text(ANSWERS))
    ended = CliRunner().invoke(main, ["setup", "--answers", str(file), "--dry-run"])
    assert ended.exit_code == 0
    assert len(ended.output.splitlines()) > 20
    for words in (
        "apt-get install ca-certificates git postfix",
        "mail_domains: {docks.example.org: docks}",
    ):
        assert words in ended.output


def test_without_answers_and_a_terminal_it_says_what_to_write() -> None:
    ended = CliRunner().invoke(main, ["setup", "--dry-run"])
    assert ended.exit_code == 64
    assert "--answers FILE" in ended.output


def test_only_root_changes_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    ended = CliRunner().invoke(main, ["setup"])
    assert ended.exit_code == 66
    assert "Write `sudo` before it" in ended.output
