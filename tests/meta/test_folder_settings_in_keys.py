"""Every key of conference.yaml and site.yaml that a page shows is part of the page's key: when it
changes, a hub that exists shows the same as one that is built in full.

One conference, or one union, for each key: what differs afterwards names the key.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.sites.values.site import FILE, Site, decode_site
from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.post.conference import AttachmentRules, Conference, Week
from solicomm_build.post.postingrules import PostingRules
from solicomm_build.testing import hubs, manifest, smallhub

CONFERENCES: dict[str, Any] = {
    "title": {"en": "Another title", "fr": "Un autre titre"},
    "description": {"en": "What we speak about"},
    "languages": ("fr", "en"),
    "kind": "list",
    "visibility": "members",
    "posting": "moderated",
    "moderators": ("p_7h2kq",),
    "pseudonyms": "required",
    "attachments": AttachmentRules(1000, ("pdf",), clean=False),
    "forms": ("collective-agreement@1",),
    "calendar": (Week(1, "2026-01-05", {"en": "First week"}, ("https://union.example/",), "Read"),),
    "zone": "Africa/Nairobi",
    "weekly_summary": True,
    "raw_mail_days": 30,
    "licence": "CC-BY-4.0",
    "robots": "noindex",
    "answer_target_hours": 5,
    "publish_health": False,
    "reply_to": "list",
    "footer": True,
    "dmarc": "always",
    "redact_origin": True,
    "archive": "none",
    "detach": True,
    "home": "water-3fk2q7ab",
    "heirs": ("dock-5ab2q7cd",),
    "former_home": "metal-u5wq2b7c",
    "mirror": ("public-inbox",),
    "policy": PostingRules(nonmembers="hold"),
}
"""Another value for each key of conference.yaml, by its name in the program."""

SITE: dict[str, Node] = {
    "schema": "solicomm/site@1",
    "title": {"en": "Union"},
    "languages": ["en", "fr"],
    "menu": [{"to": "page:about"}],
    "home": {"blocks": [{"type": "text", "page": "about"}]},
}
SITES: dict[str, Node] = {
    "title": {"en": "Another union", "fr": "Un autre syndicat"},
    "languages": ["fr", "en"],
    "description": {"en": "Who we are"},
    "country": "KE",
    "contact": {"email": "office@union.example", "phone": "+254 57 555 0142"},
    "theme": {"preset": "banner", "accent": "#116149"},
    "people": [{"name": "Amina Otieno", "role": {"en": "Secretary"}}],
    "library": {"organisations": ["Another"], "subjects": ["free:water"]},
    "menu": [{"to": "news"}, {"to": "library"}, {"to": "conference:title"}],
    "home": {"blocks": [{"type": "conferences", "ids": ["title"]}, {"type": "events"}]},
    "join": {"how": "form"},
    "news": {"list": "title", "from": "kind"},
    "redirects": [{"from": "/old.html", "to": "page:about"}],
}
"""Another value for each key of site.yaml."""

_OTHER_NAMES = {"library": {"shelf"}, "news": {"news_list", "news_from"}, "home": {"home"}}


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A conference for each key of conference.yaml, a union for each of site.yaml."""
    plain = [Conference(_id(key), {"en": f"C {key}"}) for key in CONFERENCES]
    made = smallhub.make(tmp_path / "hub", *plain)
    for number, one in enumerate(plain):
        made_here = hubs.post(f"m{number}", subject=f"First of {one.id}", body="We meet.\n")
        hubs.add(made, one.id, [made_here])
    page = b"---\ntitle: About us\n---\n\nWe are many.\n"
    for key in SITES:
        create(made.union_repo(_id(key)))
        changes = [Change(FILE, _site(key, SITE)), Change("pages/about.en.md", page)]
        hubs.commit(made.union_repo(_id(key)), *changes)
    return made


def _id(key: str) -> str:
    return key.replace("_", "-")


def _site(key: str, values: dict[str, Node]) -> bytes:
    return yamlsafe.dump({**values, "union": _id(key)}).encode()


def test_every_key_has_another_value_here() -> None:
    names = {one.name for one in dataclasses.fields(Conference)}
    assert names - {"id"} == set(CONFERENCES)
    plain = Conference("a", {"en": "A"})
    assert all(getattr(plain, name) != value for name, value in CONFERENCES.items())
    known = set[str]().union(*(_OTHER_NAMES.get(key, {key}) for key in SITES))
    assert {one.name for one in dataclasses.fields(Site)} - {"union"} == known
    before = decode_site(_site("a", SITE))
    for key, value in SITES.items():
        after = decode_site(_site("a", {**SITE, key: value}))
        assert after != before, key


def test_every_key_that_changes_is_shown(hub: Config) -> None:
    assert hubs.build(hub).failures == []
    before = hubs.trees(hub)
    for key, value in CONFERENCES.items():
        was = Conference(_id(key), {"en": f"C {key}"})
        now = dataclasses.replace(was, **{key: value})
        change = Change(conferences.FILE, conferences.encode(now))
        hubs.commit(hub.conference_repo(was.id), change)
    for key, value in SITES.items():
        hubs.commit(hub.union_repo(_id(key)), Change(FILE, _site(key, {**SITE, key: value})))
    assert hubs.build(hub).failures == []
    assert manifest.differences(before, hubs.trees(hub))
    assert hubs.differences(hub) == []
