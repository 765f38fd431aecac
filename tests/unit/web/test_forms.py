"""A form filled in on its page: looked at at once, asked about by mail, published after a yes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from solicomm_build.desk.run import desk
from solicomm_build.features.forms import submitting as web
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formmail
from solicomm_build.features.forms.values.formmail import Filled
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import asking

CONTENT = Path(__file__).parents[3] / "content" / "forms"
PATH = "/conferences/bar/forms/solidarity-appeal/"
GOOD = {
    "union": "Hogar",
    "employer": "<b>Acme</b>",
    "country": "KE",
    "action": "strike",
    "starts": "2026-05-01",
    "demands": "One\n\nEmployer: two",
    "help": "Write",
    "contact": "me",
    "danger": "secret words",
    "from-address": "ana@union.example",
    "from-name": "Ana Paz",
}


class Hub:
    """A hub with a web server, whose desk works when it is told to."""

    def __init__(self, address: Address, config: Config) -> None:
        self.address, self.config = address, config

    def send(self, fields: dict[str, str], path: str = PATH, place: str = "") -> Answer:
        kind = "application/x-www-form-urlencoded"
        body = urlencode(fields).encode()
        front = {"x_forwarded_for": place} if place else {}
        return ask(self.address, path, method="POST", body=body, content_type=kind, **front)

    def waiting(self) -> int:
        return len(Spool(self.config.spool_desk).pending())

    def mails(self) -> list[Message]:
        desk(self.config, once=True, log=maillog.to_nobody())
        spool, found = Spool(self.config.spool_out), []
        for path in spool.pending():
            found += [parse(item.raw) for item in spool.read(path)]
            spool.done(path)
        return found

    def posts(self) -> list[posts.Post]:
        ingest(self.config, once=True, log=maillog.to_nobody())
        files = smallhub.files(self.config.conference_repo("bar"))
        return [posts.decode(blob) for path, blob in files.items() if posts.parse_path(path)]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    used = ("solidarity-appeal@1",)
    bar = Conference("bar", {"en": "Bar"}, posting="open", forms=used)
    closed = replace(bar, id="closed", visibility="members")
    config = smallhub.make(tmp_path / "hub", bar, closed)
    blob = (CONTENT / "solidarity-appeal@1.yaml").read_bytes()
    for name in ("bar", "closed"):
        repo = open_repo(config.conference_repo(name))
        write_once(repo, [Change(forms.path(used[0]), blob)], message="Form\n", when=smallhub.BEGUN)
    with webserver.running(config) as address:
        yield Hub(address, config)


def test_nothing_is_published_before_the_yes(hub: Hub) -> None:
    thanks = hub.send(GOOD, f"/es{PATH}")
    assert (thanks.status, "Gracias" in thanks.body.decode()) == (200, True)
    (asked,) = hub.mails()
    assert asked.language == "es"
    assert "secret words" in asked.text
    assert hub.posts() == []
    link = re.search(r"http://hub\.example(/confirm/[a-z2-7]{26})", asked.text)
    assert link is not None
    assert "publicar su informe" in ask(hub.address, link[1]).body.decode()
    assert hub.waiting() == 0
    ask(hub.address, link[1], method="POST", body=b"x=", content_type="text/plain")
    hub.mails()
    (post,) = hub.posts()
    assert (post.kind, post.name) == ("form", "Ana Paz")
    assert post.answer is not None
    assert post.answer.values["demands"] == "One\n\nEmployer: two"
    assert "secret words" not in post.body


def test_what_is_wrong_comes_back_filled_in(hub: Hub) -> None:
    wrong = {**GOOD, "starts": "03/04/2026", "country": "", "from-address": "no"}
    told = hub.send(wrong)
    text = told.body.decode()
    assert told.status == 422
    assert text.count('aria-invalid="true"') == 3
    assert "two ways" in text
    assert 'value="&lt;b&gt;Acme&lt;/b&gt;"' in text
    assert "<b>Acme" not in text
    assert "secret words" in text
    assert hub.waiting() == 0


def test_places_that_are_none(hub: Hub) -> None:
    for path in (PATH.replace("bar", "closed"), PATH.replace("bar", "none"), PATH[:-2] + "x/"):
        found = hub.send(GOOD, path)
        assert (found.status, b"There is no such form" in found.body) == (404, True)
    assert hub.send(GOOD, f"/xx{PATH}").status == 404
    assert hub.waiting() == 0


def test_programs_and_floods(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.send({**GOOD, "from-url": "http://spam"}).status == 200
    assert hub.waiting() == 0
    monkeypatch.setattr(web, "FORM", replace(web.FORM, to_mailbox=1))
    assert hub.send(GOOD).status == 200
    assert hub.send(GOOD).status == 429
    large = hub.send({**GOOD, "demands": "x" * 600_000})
    assert (large.status, b"Go back: it is still in the form" in large.body) == (413, True)
    assert hub.send({f"x{n}": "1" for n in range(2000)}).status == 413
    assert hub.waiting() == 1


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        (replace(asking.FORM, to_mailbox=1), "tomorrow"),
        (replace(asking.FORM, from_place=1), "in an hour"),
    ],
)
def test_what_is_one_too_many_comes_back_filled_in(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, kind: asking.Kind, when: str
) -> None:
    monkeypatch.setattr(web, "FORM", kind)
    assert hub.send(GOOD, place="192.0.2.7").status == 200
    told = hub.send({**GOOD, "union": "Water"}, place="192.0.2.7")
    text = told.body.decode()
    assert told.status == 429
    assert f"try again {when}, or send the form by mail" in text
    assert "secret words" in text
    assert 'value="Water"' in text
    assert 'value="ana@union.example"' in text
    assert "not right yet" not in text
    assert hub.waiting() == 1


def test_a_header_cannot_be_smuggled_in(hub: Hub) -> None:
    hub.send({**GOOD, "from-name": "Ana\r\nBcc: all@hub.example"})
    (asked,) = hub.mails()
    assert asked.to[0].addr_spec == "ana@union.example"
    assert not asked.cc


def test_a_form_is_read_outside_the_loop_that_serves_others(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    def read(*args: object) -> Filled:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            inside.append(False)
        else:
            inside.append(True)
        return formmail.read(*args)  # type: ignore[arg-type]

    spied = SimpleNamespace(read=read, template=formmail.template)
    monkeypatch.setattr("solicomm_build.features.forms.submitting.formmail", spied)
    assert hub.send(GOOD).status == 200
    assert inside == [False]


AGREEMENT = {
    "union": "Metal",
    "employer": "Acme",
    "country": "KE",
    "sector": "C",
    "starts": "2026-01-01",
    "ends": "2027-01-01",
    "hours_week": "40",
    "from-name": "Ana Paz",
}
AGREEMENTS = "/conferences/bar/forms/collective-agreement/"


def agreements(tmp_path: Path) -> Config:
    """A hub with a form that takes documents."""
    used = "collective-agreement@1"
    bar = Conference("bar", {"en": "Bar"}, posting="open", forms=(used,))
    config = smallhub.make(tmp_path / "hub", bar)
    blob = (CONTENT / f"{used}.yaml").read_bytes()
    repo = open_repo(config.conference_repo("bar"))
    write_once(repo, [Change(forms.path(used), blob)], message="Form\n", when=smallhub.BEGUN)
    return config


def test_a_document_that_is_too_large_leaves_what_was_filled_in(tmp_path: Path) -> None:
    with webserver.running(agreements(tmp_path)) as address:
        filled = AGREEMENT | {"from-address": "ana@union.example"}
        told = Browser(address).upload(AGREEMENTS, filled, ("large.pdf", bytes(19 << 20)))
    assert told.status == 413
    for words in ("together at most", "large.pdf", 'value="Acme"', 'value="ana@union.example"'):
        assert words in told.text, words


def test_documents_go_with_a_form_that_has_a_field_for_them(tmp_path: Path) -> None:
    config, fields, path = agreements(tmp_path), AGREEMENT, AGREEMENTS
    with webserver.running(config) as address:
        hub = Hub(address, config)

        def send(**more: str) -> Answer:
            parts = [
                f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                for key, value in {**fields, **more}.items()
            ]
            head = '--b\r\nContent-Disposition: form-data; name="file"; filename="añejo.pdf"\r\n'
            body = "".join([*parts, head, "\r\n"]).encode() + b"%PDF-1.4\r\n\xff--b--\r\n"
            body = body.replace(b"\xff", b"")
            kind = "multipart/form-data; boundary=b"
            return ask(hub.address, path, method="POST", body=body, content_type=kind)

        wrong = send()
        assert wrong.status == 422
        assert "Please choose your files again: añejo.pdf" in wrong.body.decode()
        assert 'type="file"' in wrong.body.decode()
        assert hub.waiting() == 0
        assert send(**{"from-address": "ana@union.example"}).status == 200
        (question,) = hub.mails()
        link = re.search(r"/confirm/[a-z2-7]{26}", question.text)
        assert link is not None
        ask(hub.address, link[0], method="POST", body=b"x=1")
        hub.mails()
        (post,) = hub.posts()
    assert [(one.name, one.type) for one in post.attachments][-1] == (
        "añejo.pdf",
        "application/pdf",
    )
