"""What the desk makes a post of reaches the members of a conference by mail, as any post does: the
result of a vote, a translation, a summary. Who is no member gets none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.polls import pollstore as store
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.post import conference as settings
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.store import deliverysince
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

MOD, ANA, OFF = (f"{name}@union.example" for name in ("mo", "ana", "off"))
ROOT = "root@union.example"
TOPIC = TopicId(post_id(ROOT))


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path)
    made.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    made.member(2, ANA, "water", name="Ana", lang="en")
    made.member(3, OFF, "water", name="Ossie", lang="en", mail="off")
    made.member(4, "elsewhere@union.example", "board", name="Else", lang="en")
    repo = open_repo(made.config.conference_repo("water"))
    there = settings.decode(smallhub.files(repo.path)[settings.FILE])
    root = Post(ROOT, name="Cyd", subject="Water", date=NOW, body="text\n")
    files = [
        Change(settings.FILE, settings.encode(replace(there, kind="conference"))),
        Change(posts.path(TOPIC, root.mid), posts.encode(root)),
    ]
    write_once(repo, files, message="Begin\n\nSource: mail\n", when=NOW)
    deliverysince.begin(made.config, NOW)
    delivered(made)
    return made


def delivered(hub: DeskHub) -> dict[str, list[str]]:
    """The subjects of what goes out, after everybody has had his turn, by who gets it."""
    out, found = Spool(hub.config.spool_out), {}  # type: ignore[var-annotated]
    for path in out.pending():
        out.done(path)
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
        fanout = Fanout(hub.config, out, maillog.to_nobody())
        fanout.run()
        fanout.close()
    for path in out.pending():
        for item in out.read(path):
            for address in item.envelope.rcpt_tos:
                found.setdefault(address, []).append(parse(item.raw).subject)
    return found


def test_the_result_of_a_vote_goes_to_whom_posts_go_to(hub: DeskHub) -> None:
    (preview,) = hub.ask("water-poll", "Shall we join?\ncloses: 2026-11-30 18:00\n", sender=MOD)
    asked = hub.reply(preview, sender=MOD)
    told = {one.to[0].addr_spec: one.text for one in asked}
    assert "/conferences/water/polls/" in told[OFF], (
        "no posts by mail, but a vote, and where it ends"
    )
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        (name,) = store.identifiers(reader)
        closes = store.load(reader, name).poll.closes
    assert delivered(hub) == {}
    hub.now = closes + timedelta(seconds=1)
    hub.work()
    got = delivered(hub)
    assert set(got) == {MOD, ANA}
    assert all("Result: Shall we join?" in subject for (subject,) in got.values())


@pytest.mark.parametrize(
    ("order", "text"),
    [("summary", "We agreed to go on."), ("translation {link} fr", "Le texte en français.")],
)
def test_summaries_and_translations_go_to_the_members(hub: DeskHub, order: str, text: str) -> None:
    link = f"http://hub.example/conferences/water/t/{TOPIC}/#{post_id(ROOT)}"
    written = f"{order.format(link=link)}\n\n{text}\n"
    (told,) = hub.ask(f"water+t-{TOPIC}", written, sender=MOD, subject="Re: Water")
    assert "goes to everybody" in told.text
    got = delivered(hub)
    assert ANA in got
    assert not {OFF, "elsewhere@union.example"} & set(got)
