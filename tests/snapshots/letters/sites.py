"""Letters to editors of unions' sites, about their contacts, and news that become mail."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import sitecontacts, siteedits
from solicomm_build.features.sites.editing import siteeditingletters as letters
from solicomm_build.features.sites.editing.sitedrafts import Draft
from solicomm_build.features.sites.editing.siteeditingletters import Offer, Returned
from solicomm_build.features.sites.editing.siteeditor import Editor
from solicomm_build.features.sites.siteedits import Finding
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, BEN, TOKEN, Stage

PATH = "news/2026/we-won.en.md"
TEXT = '---\ntitle: "We won"\ndate: 2026-03-02\n---\n\nWe **won**. [About](page:about)\n'
FAULTS = (Finding(PATH, 3, "There is no page called about."), Finding(PATH, 0, "It is long."))


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    office, lang, config = stage.office, stage.lang, stage.hub.config
    founding.new_union(config, "metal", title="Metal", lang=lang)
    access.issue(config, ANA, ["unions/metal"], lang=lang)
    look = siteedits.look(config, "metal")
    editing = cast(
        "Editor",
        SimpleNamespace(
            office=office, config=config, union="metal", to=ANA, lang=lang, look=look, kind="site:x"
        ),
    )
    draft = Draft("metal", PATH, TEXT, pictures=(("media/a.webp", "eA=="),))
    for offer in (Offer(), Offer(["broken.jpg"], ["a.webp", "b.webp"])):
        yield f"draft {bool(offer.broken)}", letters.draft(editing, draft, TOKEN, offer)
    for name, why in {
        "as it is": Returned(),
        "new": Returned(is_new=True),
        "unclear": Returned(is_unclear=True),
        "faults": Returned(faults=FAULTS),
        "changed by others": Returned(theirs="My text.\n"),
    }.items():
        yield f"text: {name}", letters.text(editing, PATH, TEXT, TOKEN, why)
    for notes in ((), FAULTS):
        yield f"published, {len(notes)} notes", letters.published(editing, PATH, TEXT, notes)
    yield (
        "pages",
        letters.pages(editing, [("page:about.en", "About us"), ("news:we-won.en", "Won")]),
    )
    yield "help", letters.help_(editing)
    yield "spent", letters.spent(editing)
    yield "dropped", letters.dropped(editing)
    link = f"{config.url}/edit/metal/enter/x"
    yield "link", letters.link(office, "metal", ANA, lang, link, kind="x")
    yield "named", letters.named(office, "metal", BEN, lang, ANA, kind="x")
    yield "stranger", letters.stranger(office, "metal", BEN, lang)
    yield from _contacts(stage)
    yield from _news(stage)


def _site(stage: Stage, union: str, address: str, more: str = "") -> None:
    text = (
        f"schema: solicomm/site@1\nunion: {union}\ntitle: {{{stage.lang}: Dockers}}\n"
        f"languages: [{stage.lang}]\ncontact: {{email: {address}}}\njoin: {{how: form}}\n{more}"
    )
    repo = open_repo(stage.hub.config.union_repo(union))
    write_once(repo, [Change("site.yaml", text.encode())], message="Edit\n", when=stage.hub.now)


def _contacts(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A site that names an address, and then another."""
    hub = stage.hub
    create(hub.config.union_repo("docks"))
    hub.work()
    for name, address in (("first", "office@docks.example"), ("other", "new@docks.example")):
        _site(stage, "docks", address)
        mails = stage.ask("nobody-here", "", sender="x@y.invalid")
        for mail in mails:
            yield f"contact: {name}, to {mail.to[0].addr_spec}", mail
        for mail in mails:
            if mail.reply_to:
                for done in stage.reply(mail):
                    yield f"contact: {name} agreed, to {done.to[0].addr_spec}", done
    assert sitecontacts.read(hub.config, "docks").agreed == "new@docks.example"


def _news(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A piece of news that goes to a list."""
    hub = stage.hub
    _site(stage, "docks", "new@docks.example", "news: {list: talk}\n")
    hub.work()
    news = "---\ntitle: We won\ndate: 2026-03-02\nsummary: At last.\n---\n\nWe **won**.\n"
    repo = open_repo(hub.config.union_repo("docks"))
    write_once(
        repo, [Change(f"news/2026/won.{stage.lang}.md", news.encode())], message="x\n", when=hub.now
    )
    hub.work()
    yield from ((f"news: {n}", one) for n, one in enumerate(stage.waiting(), 1))
