"""What a topic has on paper: all that was written, with side talks that fold on the screen."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, smallhub, webserver
from solicomm_build.testing.hubs import mid, post

ASIDE = ("b1", "b2", "b3", "b4", "b5")
SEEN = "document.querySelector('.branch .post').checkVisibility()"


def test_side_talks_are_printed(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    chain = [
        post(name, "a", *ASIDE[:number], minutes=1 + number) for number, name in enumerate(ASIDE)
    ]
    hubs.add(config, "bar", [post("a"), *chain, post("c", "a", minutes=10)])
    hubs.build(config)
    with webserver.running(config) as (host, port), browsing.chromium() as browser:
        url = f"http://{host}:{port}"
        with browsing.page(browser, url, javascript=False) as page:
            page.goto(f"{url}/conferences/bar/t/{mid('a')}/")
            assert page.evaluate(SEEN) is False
            page.emulate_media(media="print")
            assert page.evaluate(SEEN) is True
