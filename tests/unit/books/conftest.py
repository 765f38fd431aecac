"""A hub whose conversations become books: a topic in two languages with a picture and numbers, a
label, a course, an Arabic conference, and what nobody may find in a book."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from solicomm_build.features.courses import course
from solicomm_build.features.courses.course import Opened
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference, Week
from solicomm_build.testing import hubs, smallhub

MODERATOR = "p_7h2kqm3x9d"
PUMPS = hubs.post("pumps", subject="Pumps & pipes", body="The pump *broke* & leaks.\n")


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "#96301f").save(target, "JPEG")
    return target.getvalue()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Built; not to be changed."""
    week = Week(1, "2026-03-02", {"en": "Who we are"}, ("https://union.example/reader",), "Write!")
    root = tmp_path_factory.mktemp("books") / "hub"
    config = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    for one in (
        Conference("water", {"en": "Water"}, posting="open", licence="CC-BY-4.0", calendar=(week,)),
        Conference("maa", {"ar": "الماء"}, languages=("ar",), posting="open"),
        Conference("closed", {"en": "Closed"}, visibility="members"),
    ):
        smallhub.add_conference(config, one)
    row, file = hubs.attached(_picture(), "pump.jpg", "image/jpeg")
    water = config.conference_repo("water")
    hubs.commit(water, file)
    long = "> " + "\n> ".join(f"Line {n} that somebody wrote before." for n in range(40))
    hubs.add(
        config,
        "water",
        [
            PUMPS,
            hubs.post(
                "answer",
                "pumps",
                subject="Re: Pumps & pipes",
                minutes=5,
                author='Ngũgĩ "N" <b>',
                body=f"As #1 says. # Head\n\n{long}\n\nNot `#1`.\n",
                attachments=[row],
            ),
            hubs.post("mal", "pumps", subject="Re: Pumps & pipes", minutes=7, body="An insult.\n"),
            hubs.post("late", "pumps", subject="Re: Pumps & pipes", minutes=60 * 24 * 40),
            hubs.post("week1", subject="Week 1", minutes=3, body="Welcome to the course.\n"),
            hubs.post("other", subject="Valves", minutes=2, body="Valves\x00 too.\n"),
        ],
    )
    hubs.add(
        config,
        "maa",
        [
            hubs.post(
                "salam",
                subject="المضخة تعطلت",
                body="المضخة تسرّب الماء منذ الأمس.\n",
                author="ليلى",
            )
        ],
    )
    hubs.add(config, "closed", [hubs.post("secret", subject="Secret", body="Strike on Monday.\n")])
    fact = grant.Grant(MODERATOR, "water", "moderator", hubs.START - timedelta(days=7), "operator")
    key = grants.key_of(config)
    signed = grant.signed(fact, key)
    hubs.commit(
        config.site_repo,
        Change(grant.path(signed), grant.encode(signed)),
        Change(grant.PUBLIC_KEY, signature.public(key).hex().encode()),
    )
    tid = hubs.tid_of(PUMPS)
    for made in (
        events.make("hide", at=hubs.START, by=MODERATOR, data={"post": hubs.mid("mal")}),
        events.make("label", at=hubs.START, by=MODERATOR, data={"add": "Repairs"}),
    ):
        hubs.commit(water, Change(events.path(tid, made), events.encode(made)))
    opened = Opened(1, 1, "week1@union.example", hubs.START)
    hubs.commit(water, Change(course.path(1, 1), course.encode(opened)))
    hubs.build(config)
    return config
