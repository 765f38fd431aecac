"""About topics that people follow: what the desk asks and answers, and the mails to followers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solicomm_build.desk import words
from solicomm_build.features.following import notice
from solicomm_build.features.following.follows import ASKED, BEGAN, WROTE
from solicomm_build.features.following.mails import POSTED_FIELD
from solicomm_build.features.following.notice import Frame, Said
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW, shown
from solicomm_build.foundation import maillog
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, STRANGER, Stage

ROOT = "root@union.example"
TID = TopicId(post_id(ROOT))
TITLE = "Shifts at the harbour"


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    made = Post(ROOT, name="Cyd", subject=TITLE, date=NOW, body="text\n")
    change = Change(posts.path(TID, made.mid), posts.encode(made))
    repo = open_repo(stage.hub.config.conference_repo("water"))
    write_once(repo, [change], message=f"{TITLE}\n\nSource: mail\n", when=NOW)
    yield from _dialogues(stage)
    yield from _notices(stage)


def _dialogues(stage: Stage) -> Iterator[tuple[str, Mail]]:
    topic = f"water+t-{TID}"
    for what in (FOLLOW, UNFOLLOW, MUTE):
        word = shown(what, stage.lang)
        for name, how in (
            ("a stranger", {"sender": STRANGER}),
            ("a member", {"sender": ANA}),
            ("nobody proved", {"sender": f"x{what}@elsewhere.example", "proven": False}),
        ):
            for mail in stage.ask(topic, word, **how):
                yield f"{what}, {name}", mail
    posted = [f"{POSTED_FIELD}: {TID}", f"Content-Language: {stage.lang}"]
    sender = "new@elsewhere.example"
    for mail in stage.ask(topic, "follow", sender=sender, proven=False, fields=posted):
        yield "a post that nobody proved", mail
    word = shown(FOLLOW, stage.lang)
    for mail in stage.ask(f"water+t-{'a' * 32}", word, sender=STRANGER):
        yield "no such topic", mail
    for mail in stage.ask("water-request", word, sender=STRANGER):
        yield "which topic", mail


def _notices(stage: Stage) -> Iterator[tuple[str, Mail]]:
    lang, title = stage.lang, stage.office.title("water", stage.lang)
    link = f"https://hub.example/conferences/water/t/{TID}/"
    frame = Frame(
        ListFacts("water", "hub.example", title, "https://hub.example"),
        STRANGER,
        7,
        lang,
        TITLE,
        TID,
        link,
        "water-bounces+x@hub.example",
        NOW,
        words.own(stage.hub.config, maillog.to_nobody()),
        stop="a" * 26,
        why=notice.why(lang, BEGAN, TITLE, title),
    )
    one = Said("b" * 32, "Grace", "Start with the *night* shift.\n", 2, "2@union.example", (ROOT,))
    other = Said("c" * 32, "", "Long words. " * 900, 0, "3@union.example", (ROOT, one.own))
    yield "an answer", notice.answers(frame, [one])
    asked = replace(frame, why=notice.why(lang, ASKED, TITLE, title))
    yield "two answers", notice.answers(asked, [one, other])
    many = [replace(one, mid=f"{n:032}".replace("0", "d"), own=f"{n}@u.example") for n in range(33)]
    wrote = replace(frame, why=notice.why(lang, WROTE, TITLE, title))
    yield "many answers", notice.answers(wrote, many)
    yield "receipt", notice.receipt(frame, one)
    yield "receipt of who has stopped", notice.receipt(replace(frame, stop="", why=""), one)
