"""A question that needs more of an index than a server gives in one answer, in a real browser."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Response

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as indexing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import browsing, hubs, webserver

_POSTS, _WORDS = 200, 240
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def _text(chance: random.Random) -> str:
    """Words that begin alike and go on as nothing else does, so that they are not compressed."""
    words = ("qqq" + "".join(chance.choices(_LETTERS, k=59)) for _ in range(_WORDS))
    return "\n".join(words) + "\n"


@pytest.fixture(scope="module")
def url(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    hub = hubyaml.load(shutil.copytree(built_sample, tmp_path_factory.mktemp("ranges") / "hub"))
    chance = random.Random(7)
    made = (
        hubs.post(f"q{n}", subject=f"Numbers {n}", minutes=n, body=_text(chance))
        for n in range(_POSTS)
    )
    hubs.add(hub, "organising", made)
    assert hubs.build(hub).failures == []
    found = loading.load(hub, Sources(hub), loading.tips(hub), None)
    indexing.update(hub, found, settle=True)
    with webserver.running(hub) as (host, port):
        yield f"http://{host}:{port}"


def test_the_beginning_of_many_words_is_asked_for_in_parts(url: str) -> None:
    with browsing.chromium() as browser, browsing.page(browser, url) as page:
        page.goto(f"{url}/search/")
        plain = page.content()
        page.route(
            re.compile(r"/search/\?"),
            lambda route: route.fulfill(status=200, content_type="text/html", body=plain),
        )
        answers: list[Response] = []

        def note(answer: Response) -> None:
            answers.append(answer)

        page.on("response", note)
        page.goto(f"{url}/search/?q=numbers+qqq*")
        page.locator("[data-search-state=done]").wait_for(state="attached")
        assert page.locator("ol.results > li").count() > 0
        index = [one for one in answers if "/search/index/" in one.url]
        assert {one.url.rpartition("/")[2] for one in index} == {"manifest.js", "x.bin", "r.bin"}
        shards = [one for one in index if one.url.endswith("x.bin")]
        assert {one.status for one in shards} == {206}
        sizes = [int(one.headers["content-length"]) for one in shards]
        assert sum(sizes) > 512 << 10
