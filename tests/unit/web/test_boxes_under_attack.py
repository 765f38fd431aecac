"""What is done to a box on a page and to its letter's link on purpose harms nobody."""

from __future__ import annotations

from collections import Counter

from solicomm_build.features.writing import waiting
from solicomm_build.foundation.spool import Spool
from tests.unit.web import test_writing as writing
from tests.unit.web.test_writing import PAGE, WROTE, Hub, buttons, link_in

built, hub = writing.built, writing.hub


def test_a_victims_address_two_hundred_times_is_one_mail_and_nothing_is_lost(hub: Hub) -> None:
    """What is refused comes back in the form; the mail shows none of it."""
    answers = Counter[int]()
    for number in range(200):
        seen = hub.send(PAGE, WROTE | {"text": f"Buy number {number}"})
        answers[seen.status] += 1
        assert seen.status == 200 or f"Buy number {number}</textarea>" in seen.text
    assert answers == {200: waiting.MOST, 429: 200 - waiting.MOST}
    (mail,) = hub.mails()
    assert [box.addr_spec for box in mail.to] == [WROTE["email"]]
    assert "Buy number" not in mail.text


def test_a_scanner_that_opens_every_link_posts_nothing(hub: Hub) -> None:
    """It looks with HEAD and GET, again and again, and follows what a page shows; the button is
    there for its owner afterwards."""
    hub.send(PAGE, WROTE)
    path = link_in(hub.mails()[0])
    (name,) = buttons(hub.browser.get(path))
    for _ in range(3):
        for method in ("HEAD", "GET"):
            for place in (path, f"{path}?text={name}", f"{path}?drop={name}"):
                assert hub.browser._asked(method, place, None, {}).status == 200
    assert not Spool(hub.config.spool_in).pending()
    assert buttons(hub.browser.get(path)) == [name]
    hub.send(path, {"text": name})
    assert [one.name for one in hub.take()].count("Cleo") == 1
    replayed = hub.send(path, {"text": name})
    assert replayed.status == 200
    assert [one.name for one in hub.take()].count("Cleo") == 1, "replayed, it posts nothing"
