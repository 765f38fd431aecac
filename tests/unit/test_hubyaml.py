"""hub.yaml: the template is without fault, and faults come all at once."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.types import FARTHEST

ROOT = Path("/hub")
LEAST = "name: Hub\ndomain: hub.example\nurl: http://127.0.0.1:8080/\n"


def test_the_template_gives_the_defaults() -> None:
    parsed = hubyaml.parse(hubyaml.template("Workers' hub: #1", "hub.example"), ROOT)
    least = hubyaml.parse(LEAST, ROOT)
    assert parsed == dataclasses.replace(least, name="Workers' hub: #1")
    assert least.url == "http://127.0.0.1:8080"
    assert least.languages == ("en", "fr", "es", "pt", "ar", "ru")
    assert (least.delivery, least.lmtp, least.operator, least.tls) == ("sink", None, None, None)
    assert least.limits.message_bytes == 26_214_400


def test_a_name_cannot_become_a_key_of_the_template() -> None:
    with pytest.raises(ConfigError, match="must be one line"):
        hubyaml.parse(hubyaml.template("x\ndelivery: relay", "hub.example"), ROOT)


def test_the_relay_may_be_written_in_flow_style_and_at_the_end() -> None:
    text = hubyaml.template("Hub", "hub.example")
    text = re.sub(r"(?m)^delivery:.*$", "delivery: relay", text)
    text = re.sub(r"(?ms)^relay:.*?(?=^\S|\Z)", "", text)
    parsed = hubyaml.parse(text + "\nrelay: {host: 127.0.0.1, port: 2525}\n", ROOT)
    assert (parsed.delivery, parsed.relay) == ("relay", ("127.0.0.1", 2525))


def test_keys_come_in_any_order() -> None:
    lines = (LEAST + "smtp: '[::1]:25'\nlmtp: unix:/run/lmtp\noperator: op@hub.example\n").split(
        "\n"
    )
    assert hubyaml.parse("\n".join(reversed(lines)), ROOT) == hubyaml.parse("\n".join(lines), ROOT)
    assert hubyaml.parse("\n".join(lines), ROOT).smtp == ("::1", 25)


def test_every_fault_is_listed_with_its_line_and_remedy() -> None:
    with pytest.raises(ConfigError) as caught:
        hubyaml.parse(
            "domian: hub.example\nname: [a]\nurl: ftp://x\nhttp: 1\ndelivery: rely\n"
            "relay: {hots: x, port: a}\nlimits: {recipients: 5}\ntls: {key: a}\noperator: x\n"
            "lmtp: somewhere\nlanguages: [English]\n",
            ROOT,
        )
    assert [fault.line for fault in caught.value.faults] == [
        1,
        1,
        2,
        3,
        4,
        5,
        6,
        6,
        7,
        8,
        9,
        10,
        11,
    ]
    assert all(fault.file == "hub.yaml" and fault.remedy for fault in caught.value.faults)
    assert "Did you mean `domain`?" in str(caught.value)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("url: http://user@hub.example", "not the address of a web site"),
        ("url: http://hub.example:port/", "Port could not be cast"),
        ("url: http://hub.example/?q=1", "not the address of a web site"),
        ("domain: -x-.example", "not a domain name"),
        ("domain: é.example", "xn--"),
        ("url: https://straße.example", "read in two ways; write it as browsers show it, xn--"),
        ("domain: a@b", "not a domain name"),
        ("smtp: 127.0.0.1:70000", "not HOST:PORT"),
        ("delivery: relay", "no relay is named"),
        ("delivery: RELAY", "Did you mean `relay`|Write one of"),
        ("schema: solicomm/hub@2", "newer than this program"),
        ("a: [", "not YAML"),
        ("limits: {message_bytes: 1}", "between 65536"),
        ("limits: {timeout: 10 MiB}", "not a number between 1 and 86400"),
        ("limits: {timeout: 5M}", "between 1 and 86400"),
        ("limits: {quarantine_days: 1000000000000}", "between 1 and 700000"),
        ("limits: {free_disk_percent: 100}", "between 1 and 99"),
        ("limits: {recipients: 1 kB}", "`limits.recipients` is '1 kB'"),
        ("relay: {host: 127.0.0.1:25}", "is not a host. Write the name or the address alone"),
        ("relay: {host: 2 days}", "is not a host"),
        ("relay: {host: http://mta.example}", "is not a host"),
        ("http: 127.0.0.1:٨٠٨٠", "not HOST:PORT"),
        ("http: 999.1.1.1:80", "not HOST:PORT"),
        ("http: '..:80'", "not HOST:PORT"),
        ("http: '[1:2]:80'", "not HOST:PORT"),
        ("lmtp: 127.0.0.1:٢٤", "not HOST:PORT"),
        ("dns: ['127.0.0.1:0']", "not the IP address and port of a server"),
        ("domain: '.'", "'.' is not a domain name"),
        ("pages: {domain: '..'}", "'..' is not a domain name"),
        ("operator: a@b..example", "not an e-mail address"),
        ("operator: a@-", "not an e-mail address"),
        ("search: {peers: ['https://b.example:99999']}", "Port out of range"),
        ("cluster: {relay: ['mta.example:٢٥']}", "does not fit here"),
    ],
)
def test_faults(line: str, words: str) -> None:
    key = line.partition(":")[0]
    text = "".join(part for part in LEAST.splitlines(True) if not part.startswith(f"{key}:"))
    with pytest.raises(ConfigError, match=words):
        hubyaml.parse(text + line + "\n", ROOT)


@pytest.mark.parametrize(
    "line",
    [
        "relay: {host: '::1', port: 10026}",
        "relay: {host: mail_server}",
        "relay: {host: mta.example.}",
        "http: '[::1]:80'",
        "smtp: localhost:25",
        "lmtp: 0.0.0.0:24",
        "limits: {spool_files: 10k, push_bytes: 20 MiB}",
        "operator: ana@localhost",
    ],
)
def test_values_that_are_odd_and_sound(line: str) -> None:
    hubyaml.parse(LEAST + line + "\n", ROOT)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://Профсоюз.example:8443", "https://xn--g1anacfhu6f.example:8443"),
        ("https://نقابة.example/hub/", "https://xn--mgbcd1hta.example/hub"),
        ("https://Hub.example", "https://Hub.example"),
    ],
)
def test_an_address_in_other_letters_is_kept_as_browsers_send_it(url: str, made: str) -> None:
    """Host fields, certificates, passkeys and List-Unsubscribe know A-labels alone."""
    text = "".join(line for line in LEAST.splitlines(True) if not line.startswith("url:"))
    found = hubyaml.parse(f"{text}url: {url}\n", ROOT)
    assert found.url == made
    assert found.url.isascii()


def test_certificates_are_relative_to_the_hub() -> None:
    parsed = hubyaml.parse(LEAST + "tls: {certificate: a.pem, key: /etc/b.key}\n", ROOT)
    assert parsed.tls == (ROOT / "a.pem", Path("/etc/b.key"))
    assert parsed.web_tls == parsed.tls
    assert parsed.own_url == "https://127.0.0.1:8080"


def test_a_certificate_for_mail_alone() -> None:
    parsed = hubyaml.parse(LEAST + "tls: {certificate: a.pem, key: b.pem, web: off}\n", ROOT)
    assert parsed.tls is not None
    assert parsed.web_tls is None
    assert parsed.own_url == "http://127.0.0.1:8080"


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    parsed = hubyaml.parse(LEAST + 'http: "[::]:443"\n', ROOT)
    assert parsed.http == ("::", 443)
    assert parsed.own_url == "http://[::]:443"


def test_domains_of_unions_and_dovecot() -> None:
    hub = hubyaml.parse(
        LEAST + "mail_domains: {Metal.example.org: metal, docks.example: dockers}\n"
        "dovecot: unix:/run/dovecot/lmtp\n",
        ROOT,
    )
    assert hub.mail_domains == {"metal.example.org": "metal", "docks.example": "dockers"}
    assert hub.all_domains == ("hub.example", "docks.example", "metal.example.org")
    assert hub.dovecot == "unix:/run/dovecot/lmtp"
    assert hub.maildirs == ROOT / "private/maildirs"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mail_domains: {hub.example: metal}", "'hub.example' cannot stand here"),
        ("mail_domains: {not a domain: metal}", "'not a domain' cannot stand here"),
        ("mail_domains: {metal.example: Metal Workers}", "is not the id of a union"),
        ("mail_domains: metal.example", "is not a mapping"),
        ("dovecot: somewhere", "`dovecot`"),
    ],
)
def test_domains_that_cannot_be(line: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        hubyaml.parse(LEAST + line + "\n", ROOT)
    assert words in str(caught.value)
    assert [fault.line for fault in caught.value.faults] == [4]


def test_peers_of_the_search() -> None:
    hub = hubyaml.parse(
        LEAST + "search: {peers: ['https://docks.example/', 'http://[::1]:8080/hub']}\n", ROOT
    )
    assert hub.search_peers == ("https://docks.example", "http://[::1]:8080/hub")
    for wrong in ("ftp://x.example", "https://x.example/?q", "https://x;example", "x.example"):
        with pytest.raises(ConfigError, match="does not fit here"):
            hubyaml.parse(LEAST + f"search: {{peers: ['{wrong}']}}\n", ROOT)
    with pytest.raises(ConfigError, match="this hub itself"):
        hubyaml.parse(LEAST + "search: {peers: ['http://127.0.0.1:8080']}\n", ROOT)
    many = ", ".join(f"'https://h{n}.example'" for n in range(11))
    with pytest.raises(ConfigError, match="11 hubs"):
        hubyaml.parse(LEAST + f"search: {{peers: [{many}]}}\n", ROOT)


def test_hubs_whose_index_is_kept_here() -> None:
    hub = hubyaml.parse(LEAST + "search: {mirror: [water-3fk2q7ab]}\n", ROOT)
    assert hub.search_mirror == ("water-3fk2q7ab",)
    with pytest.raises(ConfigError, match="does not fit here"):
        hubyaml.parse(LEAST + "search: {mirror: ['../../etc']}\n", ROOT)


def test_servers_in_front_on_other_machines() -> None:
    hub = hubyaml.parse(LEAST + "fronts: [192.0.2.10, '2001:DB8:0::1']\n", ROOT)
    assert hub.fronts == ("192.0.2.10", "2001:db8::1")
    with pytest.raises(ConfigError, match="is not an IP address"):
        hubyaml.parse(LEAST + "fronts: [1.2.3]\n", ROOT)
    with pytest.raises(ConfigError, match="does not fit here"):
        hubyaml.parse(LEAST + "fronts: [proxy.example]\n", ROOT)


@pytest.mark.parametrize(("key", "most"), asdict(FARTHEST).items())
def test_a_bound_of_messages_has_a_ceiling(key: str, most: int) -> None:
    """Past it no message is read at all, so a higher value would promise what is not kept."""
    taken = hubyaml.parse(f"{LEAST}limits: {{{key}: {most}}}\n", ROOT)
    assert getattr(taken.limits, key) == most
    with pytest.raises(ConfigError, match=f"`limits.{key}` is .*, not .* between 1 and {most}"):
        hubyaml.parse(f"{LEAST}limits: {{{key}: {most + 1}}}\n", ROOT)
