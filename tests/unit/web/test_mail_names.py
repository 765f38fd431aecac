"""What mail programs and mail servers are told at the names of mail, and nothing else there."""

from __future__ import annotations

import dataclasses
import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from solicomm_build.features.checks import dns
from solicomm_build.features.mailboxes import autoconfig
from solicomm_build.foundation.hub import hubyaml, mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.smarthost import Smarthost
from solicomm_build.message.auth import dnsrecords
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer
from solicomm_build.web.fronts import frontserver
from solicomm_build.web.fronts.frontserver import Place


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = smallhub.make(tmp_path_factory.mktemp("mail") / "hub", operator="op@home.example")
    return dataclasses.replace(
        made,
        url="https://www.hub.example",
        mail_domains={"metal.example": "metal"},
        tls=(Path("/a.pem"), Path("/b.pem")),
        tls_on_web=False,
    )


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def ask(server: Address, host: str, path: str, body: bytes | None = None) -> Answer:
    client = http.client.HTTPConnection(*server, timeout=30)
    client.request("GET" if body is None else "POST", path, body, {"Host": host})
    answer = client.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    found = Answer(answer.status, headers, answer.read())
    client.close()
    return found


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("autoconfig.metal.example", "/mail/config-v1.1.xml"),
        ("autoconfig.metal.example", "/mail/config-v1.1.xml?emailaddress=ana%40metal.example"),
        ("www.hub.example", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=x%40metal.example"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_mail_program_learns_hosts_and_ports(server: Address, host: str, path: str) -> None:
    answer = ask(server, host, path)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/xml")
    provider = ET.fromstring(answer.body)[0]
    assert provider.get("id") == "metal.example"
    told = {
        (one.get("type"), one.findtext("port"), one.findtext("socketType"))
        for one in provider
        if one.tag.endswith("Server")
    }
    assert told == {("imap", "993", "SSL"), ("smtp", "465", "SSL"), ("smtp", "587", "STARTTLS")}
    assert provider.findtext("incomingServer/hostname") == "mail.hub.example"


OUTLOOK = "/autodiscover/autodiscover.xml"
QUESTION = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><Autodiscover xmlns="http://x">
<Request><EMailAddress>Ana@metal.example</EMailAddress></Request></Autodiscover>"""


def test_outlook_is_answered_with_the_address_it_asked_about(server: Address) -> None:
    answer = ask(
        server, "autodiscover.metal.example", "/Autodiscover/Autodiscover.xml", body=QUESTION
    )
    assert answer.status == 200
    texts = [one.text for one in ET.fromstring(answer.body).iter() if one.text]
    assert {"IMAP", "993", "SMTP", "465", "ana@metal.example", "mail.hub.example"} <= set(texts)


@pytest.mark.parametrize("said", ["ana%40b%C3%BCcher.example", "Ana%40xn--bcher-kva.example"])
def test_a_domain_in_its_own_script_is_found(hub: Config, said: str) -> None:
    """Programs ask with the address as people type it, and would log in with that, too."""
    books = dataclasses.replace(hub, mail_domains={"xn--bcher-kva.example": "books"})
    asked = "<EMailAddress>Ana@Bücher.example</EMailAddress>".encode()
    with webserver.running(books) as server:
        path = f"/mail/config-v1.1.xml?emailaddress={said}"
        answer = ask(server, "autoconfig.xn--bcher-kva.example", path)
        outlook = ask(server, "autodiscover.xn--bcher-kva.example", OUTLOOK, body=asked)
    assert answer.status == 200
    login = "%EMAILLOCALPART%@xn--bcher-kva.example"
    assert ET.fromstring(answer.body).findtext("*/incomingServer/username") == login
    assert b"<LoginName>ana@xn--bcher-kva.example</LoginName>" in outlook.body


def test_members_and_strangers_are_told_the_same(hub: Config) -> None:
    one, other = (autoconfig.autodiscover(hub, f"{who}@metal.example") for who in ("ana", "zoe"))
    assert one.replace("ana@", "zoe@") == other


@pytest.mark.parametrize(
    ("host", "path", "body", "status"),
    [
        ("autoconfig.metal.example", "/mail/config-v1.1.xml?emailaddress=a%40x.example", None, 404),
        ("autodiscover.metal.example", OUTLOOK, b"<EMailAddress>a@x.example</EMailAddress>", 404),
        ("autodiscover.metal.example", OUTLOOK, b"", 404),
        ("autodiscover.metal.example", OUTLOOK, b"<&x;" * 5000, 413),
        ("www.hub.example", "/.well-known/mta-sts.txt", None, 404),
        ("mta-sts.metal.example", "/", None, 404),
        ("autoconfig.metal.example", "/login/", None, 404),
    ],
)  # fmt: skip
def test_what_is_asked_amiss_gets_nothing(
    server: Address, host: str, path: str, body: bytes | None, status: int
) -> None:
    assert ask(server, host, path, body).status == status


def test_mail_servers_learn_the_policy_whose_id_the_dns_has(server: Address, hub: Config) -> None:
    answer = ask(server, "mta-sts.metal.example", "/.well-known/mta-sts.txt")
    assert answer.body == (
        b"version: STSv1\r\nmode: testing\r\nmx: mail.hub.example\r\nmax_age: 604800\r\n"
    )
    before = mailnames.policy_id(hub)
    assert before != mailnames.policy_id(dataclasses.replace(hub, mta_sts="enforce"))
    zone = dnsrecords.zone(dns.records(hub))
    for line in (
        f'_mta-sts.metal.example. 3600 IN TXT "v=STSv1; id={before};"',
        '_smtp._tls.metal.example. 3600 IN TXT "v=TLSRPTv1; rua=mailto:postmaster@hub.example"',
        "mta-sts.hub.example. 3600 IN CNAME www.hub.example.",
        "autoconfig.metal.example. 3600 IN CNAME www.hub.example.",
        "_imaps._tcp.hub.example. 3600 IN SRV 0 1 993 mail.hub.example.",
        "_submission._tcp.metal.example. 3600 IN SRV 10 1 587 mail.hub.example.",
    ):
        assert line in zone.splitlines()


def test_without_a_certificate_nothing_of_it_is_there(hub: Config) -> None:
    plain = dataclasses.replace(hub, tls=None)
    assert mailnames.every(plain) == ()
    assert mailnames.policy(plain) == ""
    assert "_mta-sts" not in dnsrecords.zone(dns.records(plain))
    off = dataclasses.replace(hub, mta_sts="off")
    assert not any(name.startswith("mta-sts") for name in mailnames.every(off))
    assert "_mta-sts" not in dnsrecords.zone(dns.records(off))


def test_the_server_in_front_has_these_names(hub: Config, tmp_path: Path) -> None:
    written = frontserver.caddy(hub, Place()).text
    assert "https://autoconfig.hub.example, https://autodiscover.hub.example" in written
    assert "ask http://127.0.0.1:8080/hosts/known" in written
    assert "http://mail.hub.example {" in written
    bare = frontserver.nginx(hub, Place(certificates=tmp_path))
    assert any("-d autoconfig.metal.example" in line for line in bare.todo)
    assert "autoconfig" not in bare.text
    (tmp_path / "autoconfig.hub.example").mkdir()
    (tmp_path / "autoconfig.hub.example/fullchain.pem").touch()
    assert "mta-sts.metal.example;" in frontserver.nginx(hub, Place(certificates=tmp_path)).text


def test_names_whose_certificate_nobody_sees_never_keep_nginx_from_starting(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's user may not look into certbot's folder."""

    look = Path.stat

    def closed(path: Path, **more: bool) -> os.stat_result:
        if path.name == "fullchain.pem":
            raise PermissionError(path)
        return look(path, **more)

    monkeypatch.setattr(Path, "stat", closed)
    written = frontserver.nginx(hub, Place(certificates=tmp_path))
    assert "autoconfig" not in written.text
    assert any("root, who may look" in line for line in written.todo)


def test_caddy_asks_another_authority_when_told(hub: Config) -> None:
    text = frontserver.caddy(hub, Place(acme="https://ca.example/directory")).text
    assert "\tacme_ca https://ca.example/directory\n" in text
    assert "acme_ca" not in frontserver.caddy(hub, Place()).text


def test_mail_that_goes_out_by_a_provider_is_in_spf(hub: Config) -> None:
    onwards = dataclasses.replace(hub, smarthost=Smarthost("smtp.provider.example"))
    zone = dnsrecords.zone(dns.records(onwards))
    assert zone.count('IN TXT "v=spf1 mx a:smtp.provider.example ~all"') == 2


def test_the_setting_takes_three_words(tmp_path: Path) -> None:
    text = hubyaml.template("Hub", "hub.example")
    assert hubyaml.parse(text, tmp_path).mta_sts == "testing"
    assert hubyaml.parse(f"{text}\nmta_sts: enforce\n", tmp_path).mta_sts == "enforce"
