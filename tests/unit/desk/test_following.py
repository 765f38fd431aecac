"""`follow`, `unfollow` and `mute` by mail, as dialogues with the desk."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.features.following import words
from solicomm_build.features.following.follows import FOLLOWS, MUTED, STOPPED, Follows
from solicomm_build.features.following.links import minted
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW, WORDS
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, NOW, DeskHub

ROOT = "root@union.example"
TID = TopicId(post_id(ROOT))
TOPIC = f"water+t-{TID}"
LINK = f"http://hub.example/conferences/water/t/{TID}/"
ZO = "zo@third.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, "ana@union.example", "water", name="Ana Paz", lang="en")
    _post(hub, "water", ROOT, "Who has mapped a workplace?")
    _post(hub, "board", ROOT, "Secret matters")
    return hub


def _post(hub: DeskHub, conference: str, msgid: str, subject: str) -> None:
    made = Post(msgid, name="Cyd", subject=subject, date=NOW, body="text\n")
    change = Change(posts.path(TopicId(made.mid), made.mid), posts.encode(made))
    repo = open_repo(hub.config.conference_repo(conference))
    write_once(repo, [change], message=f"{subject}\n\nSource: mail\n", when=NOW)


def _state(hub: DeskHub, address: str, number: int = 0, conference: str = "water") -> str | None:
    with closing(Follows(hub.config)) as follows:
        person = follows.known(address, number)
        wishes = follows.of_topic(conference, [TID])
        mine = [one.state for one in wishes if person and one.person.id == person.id]
        return mine[0] if mine else None


@pytest.mark.parametrize(
    ("what", "lang", "phrase"),
    [
        (what, lang, phrase)
        for what, by_language in WORDS.items()
        for lang, phrases in by_language.items()
        for phrase in phrases
    ],
)
def test_every_word_is_understood_as_people_write_it(what: str, lang: str, phrase: str) -> None:
    for text in (phrase, f"{phrase.capitalize()}!", f"{phrase}, por favor", f"please {phrase}"):
        head = f"From: Zo <{ZO}>\r\nContent-Type: text/plain; charset=utf-8\r\n"
        raw = f"{head}\r\n{text}\r\n\r\nZo\r\n"
        found = words.read(parse(raw.encode()))
        assert found is not None
        assert found.what == what


@pytest.mark.parametrize(
    ("greeting", "phrase"),
    [("Hola,", "no seguir"), ("Здравствуйте!", "не следить"), ("السلام عليكم", "إلغاء المتابعة")],
)
def test_a_word_stands_below_a_greeting(greeting: str, phrase: str) -> None:
    head = f"From: Zo <{ZO}>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    found = words.read(parse(f"{head}\r\n{greeting}\r\n\r\n{phrase}\r\n\r\nZo\r\n".encode()))
    assert found is not None
    assert found.what == "unfollow"


@pytest.mark.parametrize(
    "text",
    [
        "I follow you, but what about the night shift?",
        "Follow the money.",
        "Seguir luchando es lo que importa",
        "We should mute the chairman",
        "follow\n\nOne.\nTwo.\nThree.\nFour.\nFive.",
        "",
    ],
)
def test_what_only_begins_like_one_is_a_post(text: str) -> None:
    raw = f"From: Zo <{ZO}>\r\nSubject: Re: x\r\n\r\n{text}\r\n"
    assert words.read(parse(raw.encode())) is None


def test_no_word_means_two_things() -> None:
    from solicomm_build.desk import vocabulary
    from solicomm_build.features.topics.words import ACTS
    from solicomm_build.post.ownwords import plain

    ours = {plain(w) for by in WORDS.values() for some in by.values() for w in some}
    acts = {plain(w) for by in ACTS.values() for some in by.values() for w in some}
    commands = set(vocabulary.meanings(vocabulary.commands()))
    assert not ours & acts
    assert not ours & commands


def test_a_proved_author_follows_stops_and_mutes_at_once(hub: DeskHub) -> None:
    (done,) = hub.ask(TOPIC, "follow", sender=ZO)
    assert done.subject == "You follow “Who has mapped a workplace?”"
    assert LINK in done.text.replace("\n", "")
    assert _state(hub, ZO) == FOLLOWS
    hub.ask(TOPIC, "Unfollow please", sender=ZO)
    assert _state(hub, ZO) == STOPPED
    (muted,) = hub.ask(TOPIC, "mute", sender="ana@union.example")
    assert muted.subject.startswith("Muted: ")
    assert _state(hub, "ana@union.example", 1) == MUTED


@pytest.mark.parametrize("what", [FOLLOW, UNFOLLOW, MUTE])
def test_word_of_a_wish_has_a_button_for_each_other_choice_and_takes_an_answer(
    hub: DeskHub, what: str
) -> None:
    (done,) = hub.ask(TOPIC, what, sender=ZO)
    others = {FOLLOW: (UNFOLLOW, MUTE), UNFOLLOW: (FOLLOW, MUTE), MUTE: (FOLLOW,)}[what]
    for one in others:
        assert f"    {LINK}{one}\n" in done.text
    assert f"    {LINK}follow\n" in done.text, "all choices"
    assert done.reply_to[0].addr_spec == f"{TOPIC}@hub.example"
    (back,) = hub.reply(done, others[0], sender=ZO)
    assert _state(hub, ZO) == {FOLLOW: FOLLOWS, UNFOLLOW: STOPPED, MUTE: MUTED}[others[0]]
    assert back.subject != done.subject


def test_in_six_languages_the_answer_is_in_the_language_of_the_word(hub: DeskHub) -> None:
    for number, lang in enumerate(("fr", "es", "ar", "ru")):
        word = words.shown(UNFOLLOW, lang)
        (done,) = hub.ask(TOPIC, word, sender=f"zo{number}@third.example")
        assert done.language == lang


def test_who_is_not_proved_is_asked_and_nothing_happens_before(hub: DeskHub) -> None:
    (asked,) = hub.ask(TOPIC, "follow", sender=ZO, proven=False)
    assert _state(hub, ZO) is None
    assert re.search(r"/confirm/[a-z2-7]{26}", asked.text)
    hub.reply(asked, "yes", sender=ZO, proven=False)
    assert _state(hub, ZO) == FOLLOWS


def test_member_and_stranger_are_asked_in_the_same_words(tmp_path: Path) -> None:
    found = []
    for place, sender in (("one", "ana@union.example"), ("two", "xyz@union.example")):
        hub = DeskHub(tmp_path / place)
        hub.member(1, "ana@union.example", "water", "board", name="Ana Paz", lang="es")
        _post(hub, "board", ROOT, "Secret matters")
        letters = []
        for to in (f"board+t-{TID}", f"water+t-{TID}", f"board+t-{'a' * 32}"):
            letters += hub.ask(to, "follow", sender=sender, proven=False)
        token = re.compile(r"[a-z2-7]{26}\b")
        found.append([(one.subject, token.sub("", one.text)) for one in letters])
        assert "Secret" not in str(found)
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_what_only_members_read_is_not_followed_by_others(hub: DeskHub) -> None:
    (told,) = hub.ask(f"board+t-{TID}", "follow", sender=ZO)
    (none,) = hub.ask(f"board+t-{'a' * 32}", "follow", sender=ZO)
    assert "Secret" not in told.text
    assert told.text.replace(str(TID), "") == none.text.replace("a" * 32, "")
    assert _state(hub, ZO, conference="board") is None


def test_request_takes_the_link_the_subject_and_an_answer(hub: DeskHub) -> None:
    hub.ask("water-request", f"follow {LINK}", sender=ZO)
    assert _state(hub, ZO) == FOLLOWS
    hub.ask("water-request", "unfollow", subject="Re: Who has mapped a workplace?", sender=ZO)
    assert _state(hub, ZO) == STOPPED
    hub.ask("water-request", "follow", sender=ZO, fields=[f"In-Reply-To: <{ROOT}>"])
    assert _state(hub, ZO) == FOLLOWS
    (which,) = hub.ask("water-request", "mute", sender=ZO)
    assert which.subject.startswith("Which topic")


def test_the_address_of_a_mail_ends_it_whoever_sends(hub: DeskHub) -> None:
    hub.ask(TOPIC, "follow", sender=ZO)
    with closing(Follows(hub.config)) as follows:
        (wish,) = follows.of_topic("water", [TID])
    token = minted(hub.config.keys, wish.id)
    assert hub.ask(f"unfollow+{token}", sender="program@else.example", proven=False) == []
    assert _state(hub, ZO) == STOPPED


def test_a_wish_sent_to_the_topic_is_no_post(hub: DeskHub) -> None:
    raw = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=third.example\r\n"
        f"From: Zo <{ZO}>\r\nTo: {TOPIC}@hub.example\r\nSubject: x\r\nMessage-ID: <z@third>\r\n"
        "\r\nfollow\r\n"
    ).encode()
    spool = Spool(hub.config.spool_in)
    spool.put([Item(Envelope(ZO, (f"{TOPIC}@hub.example",), hub.now), raw)])
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    hub.work()
    assert _state(hub, ZO) == FOLLOWS
    assert (
        open_repo(hub.config.conference_repo("water")).git("log", "--format=%s").count(b"\n") == 2
    )


def test_what_somebody_follows_is_told_and_erased(hub: DeskHub) -> None:
    from solicomm_build.features.following import privacy

    hub.ask(TOPIC, "follow", sender=ZO)
    told = privacy.FACTS["following"](hub.config, hub.roster, 0, frozenset({ZO}))
    assert told == [{"conference": "water", "topic": TID, "state": "follows", "why": "asked"}]
    assert privacy.KEEPS[0](hub.config, ZO)
    with closing(Follows(hub.config)) as follows:
        person = follows.known(ZO, 0)
        assert person is not None
        assert follows.forget(person)
    for path in hub.config.private.glob("following.sqlite*"):
        assert b"zo@third" not in path.read_bytes()
    assert [*WORDS] == [FOLLOW, UNFOLLOW, MUTE]


def test_a_pause_that_ends_brings_nothing_of_a_muted_topic(hub: DeskHub) -> None:
    hub.member(2, "mo@union.example", "water", name="Mo")
    hub.ask("water-request", "pause", sender="ana@union.example")
    for number, above in ((1, ""), (2, ""), (3, "<p1@union.example>")):
        head = [f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"]
        head += [f"References: {above}"] if above else []
        about = {"msgid": f"<p{number}@union.example>", "subject": f"Strike {number}"}
        raw = smallhub.mail("Words.", *head, sender="Mo <mo@union.example>", **about)
        envelope = Envelope("mo@union.example", ("water@hub.example",), hub.now)
        with clock.fixed(hub.now):
            Spool(hub.config.spool_in).put([Item(envelope, raw.replace(b"bar@", b"water@"))])
            ingest(hub.config, once=True, log=maillog.to_nobody())
    muted = f"water+t-{post_id('p1@union.example')}"
    hub.ask(muted, "mute", sender="ana@union.example")
    told = hub.ask("water-request", "resume", sender="ana@union.example")
    parts = [one for mail in told for one in mail.attachments if one.type == "message/rfc822"]
    assert [parse(one.payload).subject for one in parts] == ["Strike 2"]
