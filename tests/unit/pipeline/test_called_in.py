"""A conference's page in each language of the hub calls it by its name in that language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import post

WATER = Conference(
    "water",
    {"en": "Water for all", "ar": "الماء للجميع"},
    {"en": "Questions.", "ar": "أسئلة.", "fr": "Des questions."},
    posting="open",
)


def test_the_page_in_a_language_has_the_title_and_words_of_that_language(tmp_path: Path) -> None:
    made = smallhub.make(tmp_path / "hub", WATER)
    hub = replace(made, languages=("en", "ar", "fr"))
    hubs.add(hub, "water", [post("a", subject="Pipes")])
    assert hubs.build(hub).failures == []
    assert hubs.differences(hub) == []
    arabic, french = (hubs.page(hub, f"/{lang}/conferences/water/") for lang in ("ar", "fr"))
    assert "<h1><bdi>الماء للجميع</bdi></h1>" in arabic
    assert "<bdi>أسئلة.</bdi>" in arabic
    health = hubs.page(hub, "/ar/conferences/water/health/")
    assert '<p class="meta"><bdi>الماء للجميع</bdi></p>' in health
    assert "Water for all</" not in health.split("<main", 1)[1].split("</main", 1)[0]
    assert re.search(r"<title>الماء للجميع · ", arabic)
    assert "Water for all</" not in arabic.split("<main", 1)[1]
    assert '<h1 lang="en"><bdi>Water for all</bdi></h1>' in french, "it has no name in French"
    assert "<bdi>Des questions.</bdi>" in french
    assert "<h1><bdi>Water for all</bdi></h1>" in hubs.page(hub, "/conferences/water/")
