"""A site in a Pelican theme: `solicomm_build/features/sites/rendering/foreign.py`, with two that
come with Pelican and one in the hub's folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.sites.rendering import foreign
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

SITE = """\
schema: solicomm/site@1
union: docks
title: {{en: "Dock <b>workers</b> & friends", fr: Dockers}}
languages: [en, fr]
theme: {{name: {theme}}}
menu: [{{to: page:about}}, {{to: news}}, {{to: events}}]
"""
EVIL = '"><script>alert(1)</script>&lt;script&gt;'
FILES = {
    "pages/about.en.md": "---\ntitle: About us\n---\nWe load *ships*. [News](news)\n",
    "pages/about.fr.md": "---\ntitle: Qui nous sommes\n---\nDes *navires*.\n",
    "news/2026/won.en.md": "---\ntitle: We won\ndate: 2026-03-02\ntags: [pay, safety]\n"
    "author: Ana\n---\nThe water is **back**.\n",
    "news/2026/evil.en.md": f"---\ntitle: '{EVIL}'\ndate: 2026-03-03\nsummary: '{EVIL}'\n"
    f"author: '{EVIL}'\n---\n{EVIL} {{{{ 7*7 }}}} {{% raw %}} {{filename}}/etc/passwd "
    "[x]({attach}/etc/passwd) [y]({static}/etc/passwd)\n",
    "events/day.en.md": "---\ntitle: May day\nstarts: 2027-05-01\n---\n",
}
HANDMADE = """\
<!doctype html><title>{{ SITENAME }}</title>
{% for article in articles %}<h2><a href="{{ SITEURL }}/{{ article.url }}">{{ article.title }}</a>
{{ article.date.year }} {{ article.category }} {% for tag in article.tags %}#{{ tag }}{% endfor %}
</h2>{% endfor %}
{% for page in pages %}<i>{{ page.title }}</i>{% endfor %}
"""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))
    create(made.union_repo("docks"))
    folder = made.root / "themes" / "handmade" / "templates"
    folder.mkdir(parents=True)
    for name in ("index", "article", "page"):
        (folder / f"{name}.html").write_text(HANDMADE)
    return replace(made, themes=("notmyidea", "simple", "handmade"))


def built(hub: Config, theme: str) -> list[tuple[str, str]]:
    files = {"site.yaml": SITE.format(theme=theme), **FILES}
    repo = hub.union_repo("docks")
    hubs.commit(repo, *(Change(name, text.encode()) for name, text in files.items()))
    return hubs.build(hub).failures


@pytest.mark.parametrize("theme", ["notmyidea", "simple"])
def test_a_theme_gets_articles_and_pages_in_pelican_s_terms(hub: Config, theme: str) -> None:
    assert built(hub, theme) == []
    home = hubs.page(hub, "/unions/docks/")
    assert "We won" in home
    assert "unions/" not in home, "links are relative to the site"
    article = hubs.page(hub, "/unions/docks/news/won/")
    assert "<strong>back</strong>" in article
    assert "tag/pay/" in article
    assert "<em>ships</em>" in hubs.page(hub, "/unions/docks/about/")
    assert "<em>navires</em>" in hubs.page(hub, "/unions/docks/fr/about/")
    assert "We won" in hubs.page(hub, "/unions/docks/tag/pay/")
    # what a theme does not know is there all the same
    assert "May day" in hubs.page(hub, "/unions/docks/events/day/")
    assert (hub.public / "unions/docks/calendar.ics").is_file()
    assert hubs.differences(hub) == []


@pytest.mark.parametrize("theme", ["notmyidea", "simple", "handmade"])
def test_texts_stay_texts(hub: Config, theme: str) -> None:
    assert built(hub, theme) == []
    for path in (hub.public / "unions").rglob("*.html"):
        text = path.read_text("utf-8")
        assert "<script>alert" not in text, path
        assert "<b>workers</b>" not in text, path
        assert '"><' + "script" not in text, path
        assert "root:" not in text
    assert "{{ 7*7 }}" in hubs.page(hub, "/unions/docks/news/evil/") or theme == "handmade"


def test_a_theme_in_the_hub_s_folder(hub: Config) -> None:
    assert built(hub, "handmade") == []
    home = hubs.page(hub, "/unions/docks/")
    assert "2026 News" in home
    assert "#safety" in home
    assert "<i>About us</i>" in home


def test_only_what_the_operator_offers(hub: Config) -> None:
    """The site is shown in its preset, and the fault is named."""
    (place, reason) = built(hub, "yarn")[0]
    assert (place, "yarn" in reason) == ("/unions/docks/site.yaml", True)
    assert "theme/unions/docks." in hubs.page(hub, "/unions/docks/")
    assert foreign.find(replace(hub, themes=()), "notmyidea") is None


def test_a_theme_that_fails_keeps_the_last_good_pages(hub: Config) -> None:
    assert built(hub, "handmade") == []
    before = hubs.page(hub, "/unions/docks/")
    (hub.root / "themes/handmade/templates/article.html").write_text("{% nonsense %}")
    hubs.commit(hub.union_repo("docks"), Change("news/2026/won.en.md", None))
    (place, reason) = hubs.build(hub).failures[0]
    assert place == "/unions/docks/site.yaml"
    assert "theme" in reason
    assert hubs.page(hub, "/unions/docks/") == before


def test_a_theme_that_is_mended_shows_the_site_again(hub: Config) -> None:
    """Nothing has moved but a file of the operator's."""
    article = hub.root / "themes/handmade/templates/article.html"
    article.write_text("{% nonsense %}")
    assert "theme" in built(hub, "handmade")[0][1]
    article.write_text(f"Now right. {HANDMADE}")
    assert hubs.build(hub).failures == []
    assert "Now right." in hubs.page(hub, "/unions/docks/news/won/")
