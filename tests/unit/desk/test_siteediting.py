"""Editing a union's site by mail: drafts, texts that go out and come back, and who may."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Edit
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import access
from solicomm_build.people.directory import directory_of
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub, token_in

MIXED = 'Content-Type: multipart/mixed; boundary="b"'


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    (hub.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(hub.config, "metal", title="Metal", lang="en")
    access.issue(hub.config, "ana@union.example", ["unions/metal"])
    return hub


def files(hub: DeskHub) -> dict[str, bytes]:
    return smallhub.files(hub.config.union_repo("metal"))


def photo() -> bytes:
    picture = Image.new("RGB", (3000, 40), "red")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    octets = io.BytesIO()
    picture.save(octets, "JPEG", exif=exif)
    return octets.getvalue()


def with_pictures(text: str, *pictures: tuple[bytes, str]) -> str:
    rows = ["--b", "Content-Type: text/plain; charset=utf-8", "", text]
    for octets, told in pictures:
        rows += ["--b", 'Content-Type: image/jpeg; name="march.jpg"']
        rows += [f"Content-Description: {told}"] if told else []
        rows += ["Content-Transfer-Encoding: base64", "", base64.b64encode(octets).decode()]
    return "\n".join([*rows, "--b--", ""])


def quoted(mail: Message) -> str:
    return "".join(f"> {line}\n" for line in mail.text.splitlines())


def test_news_with_a_picture_becomes_a_draft_and_an_answer_publishes_it(hub: DeskHub) -> None:
    text = with_pictures("alt: Five women at the gate\n\nWe **won**.\n\n-- \nAna", (photo(), ""))
    (draft,) = hub.ask("site+metal", text, subject="News: Higher pay at last", fields=[MIXED])
    assert "Higher pay at last" in draft.subject
    assert "We won." in draft.text  # as it reads
    assert "We **won**." in draft.text  # as it is written
    assert not any(path.startswith("news/2026/higher") for path in files(hub))
    (done,) = hub.reply(draft)
    assert "http://hub.example/unions/metal/news/higher-pay-at-last/" in done.text
    there = files(hub)
    page = there["news/2026/higher-pay-at-last.en.md"].decode()
    assert 'image: {file: media/higher-pay-at-last.webp, alt: "Five women at the gate"}' in page
    assert "Ana" not in page
    small = Image.open(io.BytesIO(there["media/higher-pay-at-last.webp"]))
    assert (small.format, small.size) == ("WEBP", (2000, 27))
    assert b"taken at home" not in there["media/higher-pay-at-last.webp"]
    said = open_repo(hub.config.union_repo("metal")).git("log", "-1", "--format=%an|%s").decode()
    assert said == "ana|Add news:higher-pay-at-last.en\n"
    (again,) = hub.reply(draft, "yes again")
    assert "already" in again.text


@pytest.mark.parametrize(
    "ending",
    ["Sent from my iPhone", "Enviado desde mi Samsung", "-- \nAna Paz\n+54 11 5555", "--\nAna"],
)
def test_a_telephone_s_signature_is_not_published(hub: DeskHub, ending: str) -> None:
    (draft,) = hub.ask("site+metal", f"We **won**.\n\n{ending}\n", subject="News: Won")
    assert ending.splitlines()[-1] not in draft.text
    hub.reply(draft, f"\n{ending}\n")
    (page,) = [blob for path, blob in files(hub).items() if path.startswith("news/2026/won")]
    assert page.endswith(b"---\n\nWe **won**.\n")


def test_what_only_looks_like_a_field_stays_in_the_news(hub: DeskHub) -> None:
    text = "summary: In short.\n\nLanguage: English and Swahili.\n\nSummary: we won.\nPhoto: Leo\n"
    (draft,) = hub.ask("site-metal", text, subject="news: Won")
    hub.reply(draft)
    (page,) = [blob for path, blob in files(hub).items() if path.startswith("news/2026/won")]
    assert b'summary: "In short."' in page
    assert page.endswith(b"\nLanguage: English and Swahili.\n\nSummary: we won.\nPhoto: Leo\n")


def test_news_whose_day_is_moved_into_another_year_by_mail_lie_there(hub: DeskHub) -> None:
    (draft,) = hub.ask("site-metal", "Soon.", subject="news: Bells")
    (day,) = {line for line in draft.text.splitlines() if line.startswith("date: ")}
    hub.reply(draft, quoted(draft).replace(day, "date: 2031-01-01"))
    made = files(hub)["news/2031/bells.en.md"]
    (text,) = hub.ask("site-metal", "", subject="edit news:bells")
    hub.reply(text, quoted(text).replace("date: 2031-01-01", "date: 2032-01-01"))
    there = files(hub)
    assert there["news/2032/bells.en.md"] == made.replace(b"2031", b"2032")
    assert "news/2031/bells.en.md" not in there


def test_a_picture_s_own_description_will_do(hub: DeskHub) -> None:
    text = with_pictures("Hello.", (photo(), "The old gate"))
    (draft,) = hub.ask("site-metal", text, subject="news: Gate", fields=[MIXED])
    assert 'alt: "The old gate"' in draft.text


def test_a_picture_without_words_is_asked_about_and_then_refused(hub: DeskHub) -> None:
    text = with_pictures("Hello.", (photo(), ""))
    (draft,) = hub.ask("site-metal", text, subject="news: Gate", fields=[MIXED])
    assert "describe these pictures" in draft.text
    (refused,) = hub.reply(draft)
    assert "It was not published" in refused.text
    assert "Line 4" in refused.text
    assert "news/2026/gate.en.md" not in files(hub)
    mended = quoted(refused).replace('alt: ""', "alt: The gate")
    (done,) = hub.reply(refused, mended)
    assert "Published" in done.subject
    assert b"alt: The gate" in files(hub)["news/2026/gate.en.md"]


def test_a_picture_of_an_answer_that_nobody_can_read_is_named(hub: DeskHub) -> None:
    (draft,) = hub.ask("site-metal", "Hello.", subject="news: Gate")
    (done,) = hub.reply(draft, with_pictures("", (b"heic", "A gate")), fields=[MIXED])
    assert "/news/gate/" in done.text
    assert "could not read these pictures: march.jpg" in done.text


def test_a_picture_that_was_taken_out_does_not_come_back_with_each_answer(hub: DeskHub) -> None:
    """A program puts the logo of its signature into all that it sends."""
    logo = (photo(), "")
    text = with_pictures('Say "no".', logo)
    (draft,) = hub.ask("site-metal", text, subject='news: Say "no"', fields=[MIXED])
    assert draft.subject.endswith('Draft: Say "no"')
    rows = [line for line in quoted(draft).splitlines() if "image:" not in line]
    (done,) = hub.reply(draft, with_pictures("\n".join(rows), logo), fields=[MIXED])
    assert "/news/say-no/" in done.text
    assert b"media/" not in files(hub)["news/2026/say-no.en.md"]


def test_a_picture_that_is_none_is_named_and_left_out(hub: DeskHub) -> None:
    text = with_pictures("Hello.", (b"no picture", "x"))
    (draft,) = hub.ask("site-metal", text, subject="news: Gate", fields=[MIXED])
    assert "march.jpg" in draft.text
    assert "image:" not in draft.text


def test_a_picture_whose_name_was_taken_meanwhile_is_published_by_another(hub: DeskHub) -> None:
    text = with_pictures("Hello.", (photo(), "The old gate"))
    (draft,) = hub.ask("site-metal", text, subject="news: Gate", fields=[MIXED])
    grant = siteedits.Editors(hub.config).of_address("ana@union.example", "metal")
    assert grant
    other = io.BytesIO()
    Image.new("RGB", (30, 40), "blue").save(other, "WEBP")
    edit = Edit("media/gate.webp", other.getvalue())
    siteedits.save(hub.config, "metal", grant, [edit], subject="x", source="web", name="Ana")
    (done,) = hub.reply(draft)
    assert "/news/gate/" in done.text
    made = files(hub)
    assert made["media/gate.webp"] == other.getvalue()
    assert b"media/gate-2.webp" in made["news/2026/gate.en.md"]
    assert Image.open(io.BytesIO(made["media/gate-2.webp"])).size == (2000, 27)


def test_a_picture_that_comes_with_the_answer_takes_no_other_s_place(hub: DeskHub) -> None:
    text = with_pictures("Hello.", (photo(), "The old gate"))
    (draft,) = hub.ask("site-metal", text, subject="news: Gate", fields=[MIXED])
    second = io.BytesIO()
    Image.new("RGB", (20, 20), "blue").save(second, "PNG")
    hub.reply(draft, with_pictures("publish", (second.getvalue(), "The new gate")), fields=[MIXED])
    there = files(hub)
    page = there["news/2026/gate.en.md"].decode()
    assert "file: media/gate.webp" in page
    assert "![The new gate](media/gate-2.webp)" in page
    sizes = [Image.open(io.BytesIO(there[f"media/{one}.webp"])).size for one in ("gate", "gate-2")]
    assert sizes == [(2000, 27), (20, 20)]


def test_a_draft_can_be_dropped(hub: DeskHub) -> None:
    (draft,) = hub.ask("site+metal", "Hello.", subject="news: Hello")
    (said,) = hub.reply(draft, "no\n\n" + quoted(draft))
    assert "dropped" in said.text
    assert not list((hub.config.private / "site-drafts").rglob("*.json"))


def test_another_sentence_publishes_nothing(hub: DeskHub) -> None:
    (draft,) = hub.ask("site+metal", "Hello.", subject="news: Hello")
    (said,) = hub.reply(draft, "Wait, is the date right?")
    assert "We did not find the text" in said.text
    assert "news/2026/hello.en.md" not in files(hub)
    hub.reply(said)
    assert "news/2026/hello.en.md" in files(hub)


def test_a_page_goes_out_and_comes_back_corrected(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    assert "=====[ pages/about.en.md ]=====" in sent.text
    (done,) = hub.reply(sent, quoted(sent).replace("> =====[ / ]", "> More of us.\n> =====[ / ]"))
    assert "Published" in done.subject
    assert files(hub)["pages/about.en.md"].endswith(b"More of us.\n")


def test_the_text_may_come_back_as_a_file(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    rows = ["--b", "Content-Type: text/plain", "", "Here it is", "--b"]
    rows += ['Content-Type: text/markdown; name="about.en.md"', "Content-Disposition: attachment"]
    text = "\n".join([*rows, "", "---\ntitle: About\n---\nWe are here.", "--b--", ""])
    hub.reply(sent, text, fields=[MIXED])
    assert files(hub)["pages/about.en.md"] == b"---\ntitle: About\n---\nWe are here.\n"


def test_a_fault_comes_back_with_its_line_and_the_text_as_it_was_sent(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    wrong = (
        "=====[ pages/about.en.md ]=====\n---\ntitle: X\n---\n[a](page:nowhere)\n=====[ / ]====="
    )
    (back,) = hub.reply(sent, wrong)
    assert "Line 4: `page:nowhere` leads nowhere" in " ".join(back.text.split())
    assert "[a](page:nowhere)" in back.text
    (done,) = hub.reply(back, wrong.replace("page:nowhere", "news"))
    assert "Published" in done.subject


def test_nothing_is_lost_when_the_page_changed_meanwhile(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    look = siteedits.look(hub.config, "metal")
    grant = siteedits.Editors(hub.config).of_address("ana@union.example", "metal")
    assert grant
    path = "pages/about.en.md"
    theirs = Edit(path, b"---\ntitle: About\n---\nTheirs.\n", look.files[path])
    siteedits.save(hub.config, "metal", grant, [theirs], subject="x", source="web", name="Leo")
    mine = "=====[ pages/about.en.md ]=====\n---\ntitle: X\n---\nMine.\n=====[ / ]====="
    (back,) = hub.reply(sent, mine)
    assert "Somebody else changed this page" in back.text
    assert "Theirs." in back.text
    assert b"Mine." in next(a.payload for a in back.attachments if a.name == "my-about.en.md")
    hub.reply(back, mine)
    assert files(hub)[path].endswith(b"Mine.\n")


def test_a_picture_stays_with_a_text_that_comes_too_late(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    path, look = "pages/about.en.md", siteedits.look(hub.config, "metal")
    grant = siteedits.Editors(hub.config).of_address("ana@union.example", "metal")
    assert grant
    theirs = Edit(path, b"---\ntitle: About\n---\nTheirs.\n", look.files[path])
    siteedits.save(hub.config, "metal", grant, [theirs], subject="x", source="web", name="Leo")
    mine = "=====[ pages/about.en.md ]=====\n---\ntitle: X\n---\nMine.\n=====[ / ]====="
    answer = with_pictures(f"alt: The gate\n\n{mine}", (photo(), ""))
    (back,) = hub.reply(sent, answer, fields=[MIXED])
    text = next(a.payload for a in back.attachments if a.name == "my-about.en.md").decode()
    assert "![The gate](media/about.webp)" in text
    (done,) = hub.reply(back, mine.replace("Mine.", "Both.\n\n![The gate](media/about.webp)"))
    assert "Published" in done.subject
    assert "media/about.webp" in files(hub)


def test_a_page_that_is_not_there_can_be_begun(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:our-aims")
    assert "There is no page:our-aims.en yet" in sent.text
    hub.reply(sent, quoted(sent).replace("> =====[ / ]", "> Bread and roses.\n> =====[ / ]"))
    assert b"Bread and roses." in files(hub)["pages/our-aims.en.md"]


def test_pages_are_listed_and_help_helps(hub: DeskHub) -> None:
    (listed,) = hub.ask("site+metal", subject="list pages")
    assert "edit page:about.en" in listed.text
    (helped,) = hub.ask("site+metal", "what can I do here?", subject="hello")
    assert "http://hub.example/edit/metal/" in helped.text
    (spoken,) = hub.ask("site+metal", subject="lista de páginas")
    assert "editar page:about.en" in spoken.text


def test_only_editors_are_answered(hub: DeskHub) -> None:
    (said,) = hub.ask("site+metal", "x", subject="news: Hi", sender="eve@evil.example")
    assert "You are not among them" in " ".join(said.text.split())
    (asked,) = hub.ask("site+metal", "x", subject="news: Hi", sender="leo@x.example", proven=False)
    assert asked.subject.startswith("Please confirm")  # as everybody whom nothing proves is


def test_who_only_writes_a_from_field_changes_nothing(hub: DeskHub) -> None:
    (draft,) = hub.ask("site+metal", "Lies.", subject="news: Lies", proven=False)
    assert draft.to[0].addr_spec == "ana@union.example"  # she has the token, nobody else
    assert "news/2026/lies.en.md" not in files(hub)


def test_a_revoked_grant_stops_a_token(hub: DeskHub) -> None:
    (draft,) = hub.ask("site+metal", "Hello.", subject="news: Hello")
    access.revoke(hub.config, "ana@union.example")
    (said,) = hub.reply(draft)
    assert "You are not among them" in " ".join(said.text.split())
    assert "news/2026/hello.en.md" not in files(hub)


def test_the_addresses_exist_and_forged_tokens_do_not(hub: DeskHub) -> None:
    directory = directory_of(hub.config, lambda: hub.roster)
    for local in ("site+metal", "site-metal"):
        found = directory.resolve(f"{local}@hub.example")
        assert found
        assert (found.id, found.conference) == ("site", "metal")
    (draft,) = hub.ask("site+metal", "Hello.", subject="news: Hello")
    assert directory.resolve(f"site-metal+{token_in(draft)}@hub.example")
    assert directory.resolve(f"site-metal+{'a' * 26}@hub.example") is None
    assert directory.resolve("site-other@hub.example") is None


def test_mail_to_a_site_reaches_the_desk_by_the_ordinary_way(hub: DeskHub) -> None:
    raw = smallhub.mail("Hello.", subject="news: Hello").replace(b"bar@", b"site+metal@")
    Spool(hub.config.spool_in).put([smallhub.item(raw, "site+metal@hub.example", proved=True)])
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    (draft,) = [parse(item.raw) for item in hub.work()]
    assert draft.subject == "Draft: Hello"
    token = token_in(draft)
    raw = smallhub.mail("", msgid="<2@union.example>", subject="Re: Draft")
    raw = raw.replace(b"bar@", f"site-metal+{token}@".encode())
    Spool(hub.config.spool_in).put([smallhub.item(raw, f"site-metal+{token}@hub.example")])
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    assert "Published" in parse(hub.work()[0].raw).subject
    assert any(path.endswith("/hello.en.md") for path in files(hub))


def test_an_editor_is_written_to_in_the_language_of_the_roster(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", name="Ana Paz", lang="es")
    (draft,) = hub.ask("site+metal", "Hola.", subject="noticia: Ganamos")
    assert draft.field("Content-Language") == "es"
    hub.reply(draft)
    said = open_repo(hub.config.union_repo("metal")).git("log", "-1", "--format=%an").decode()
    assert said == "Ana Paz\n"


TABLE = b"""---
title: About
---

> Bread, and roses too.
>> Said on the march.

| Day | Place |
|-----|-------|
| May | Docks |

- a

      deeper

Harbour Road 1\x20\x20
Mombasa
"""


@pytest.mark.parametrize("is_quoted", [True, False])
def test_quotations_tables_and_broken_lines_of_a_page_come_back(
    hub: DeskHub, is_quoted: bool
) -> None:
    path, look = "pages/about.en.md", siteedits.look(hub.config, "metal")
    grant = siteedits.Editors(hub.config).of_address("ana@union.example", "metal")
    assert grant
    edit = Edit(path, TABLE, look.files[path])
    siteedits.save(hub.config, "metal", grant, [edit], subject="x", source="web", name="Leo")
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    written = sent.text.replace("title: About", "title: About us").replace("  \n", "\n")
    if is_quoted:
        written = "".join(f"> {line}\n" for line in written.splitlines())
    hub.reply(sent, written)
    assert files(hub)[path] == TABLE.replace(b"About", b"About us")


def test_broken_lines_of_a_page_that_comes_back_as_a_file_stay(hub: DeskHub) -> None:
    (sent,) = hub.ask("site+metal", subject="edit page:about")
    rows = ["--b", "Content-Type: text/plain", "", "Here it is", "--b"]
    rows += ['Content-Type: text/markdown; name="about.en.md"', "Content-Disposition: attachment"]
    text = "\n".join([*rows, "", "---\ntitle: About\n---\nDock 1  \nHere. ", "--b--", ""])
    hub.reply(sent, text, fields=[MIXED])
    assert files(hub)["pages/about.en.md"] == b"---\ntitle: About\n---\nDock 1  \nHere.\n"
