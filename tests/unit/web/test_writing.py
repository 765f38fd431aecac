"""What is written on a page: asked about by one mail, or there at once for who is signed in."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest

from solicomm_build.features.renaming import places
from solicomm_build.features.writing import showing as showings
from solicomm_build.features.writing import waiting, written
from solicomm_build.features.writing.taking import ASK
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git.writer import Change
from solicomm_build.ingest.run import ingest
from solicomm_build.message import munge
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import pending, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import conference as settings
from solicomm_build.post import event
from solicomm_build.post import post as posts
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.postingrules import defaults
from solicomm_build.testing import hubs, member, smallhub, webserver
from solicomm_build.testing.member import Browser, Seen
from solicomm_build.testing.webserver import Address
from solicomm_build.web import deskpost
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.formdata import Sent, Upload

ANA, BEA = "ana@union.example", "bea@union.example"
BAR = Conference("bar", {"en": "Bar", "es": "Bar"}, posting="open", languages=("en", "es"))
TOPIC = hubs.post("m0", subject="Wages", body="How much is it?\n")
OTHER = hubs.post("m1", "m0", subject="Re: Wages", body="Twelve *an hour*.\n", author="Bo")
TID = hubs.tid_of(TOPIC)
PAGE = f"/conferences/bar/t/{TID}/"
WROTE = {"text": "Thirteen, I think.", "name": "Cleo", "email": "cleo@web.example"}
SHORT = 0.05  # seconds that a page waits where no other stage works
_BOUNDARY, _SAID = "----twelve", "Content-Disposition: form-data"


class Hub:
    """A hub with a web server, whose other stages work when they are told to."""

    def __init__(self, address: Address, config: Config, patience: pytest.MonkeyPatch) -> None:
        self.address, self.config, self.patience = address, config, patience
        self.browser = Browser(address)

    @property
    def origin(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    def send(self, path: str, fields: dict[str, str], **headers: str) -> Seen:
        return self.browser.send(path, fields, **headers)

    def mails(self) -> list[Message]:
        return member.mails(self.config)

    def take(self) -> list[posts.Post]:
        ingest(self.config, once=True, log=maillog.to_nobody())
        return self.posts()

    def posts(self, conference: str = "bar") -> list[posts.Post]:
        files = smallhub.files(self.config.conference_repo(conference))
        return [posts.decode(blob) for path, blob in files.items() if posts.parse_path(path)]

    def texts(self) -> list[str]:
        return sorted(post.body.strip() for post in self.take())

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Ingest and the builder run meanwhile, as `serve` has them; pages wait for them."""
        over = threading.Event()
        self.patience.setattr(showings, "BOUND", deskpost.PATIENCE)

        def work() -> None:
            while not over.wait(0.02):
                if Spool(self.config.spool_in).pending():
                    ingest(self.config, once=True, log=maillog.to_nobody())
                    hubs.build(self.config)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.patience.setattr(showings, "BOUND", SHORT)


def link_in(mail: Message) -> str:
    found = re.search(r"/confirm/[a-z2-7]{26}", mail.text)
    assert found is not None, mail.text
    return found[0]


def buttons(seen: Seen) -> list[str]:
    """The names of the texts that a page offers to post."""
    return re.findall(r'name="text" value="([0-9a-f]+)"', seen.text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(
        tmp_path_factory.mktemp("built") / "hub",
        BAR,
        Conference("board", {"en": "Board"}, posting="open", visibility="members"),
        Conference("news", {"en": "News"}, posting="announce"),
        Conference("calm", {"en": "Calm"}, posting="members"),
    )
    people = [
        rosterevents.member(
            number, address, at=smallhub.BEGUN, consent=Consent("mail"), name=address[:3].title()
        )
        for number, address in enumerate((ANA, BEA), 1)
    ]
    joined = [
        rosterevents.subscribe(name, 1, at=smallhub.BEGUN, consent=Consent("owner"))
        for name in ("bar", "board", "calm")
    ]
    smallhub.add_events(
        config,
        [
            *people,
            *joined,
            rosterevents.subscribe("bar", 2, at=smallhub.BEGUN, consent=Consent("owner")),
        ],
    )
    hubs.add(config, "bar", [TOPIC, OTHER])
    hubs.add(config, "board", [TOPIC])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(showings, "BOUND", SHORT)
    config = hubs.copied(built, tmp_path / "hub")
    with webserver.running(config) as address:
        yield Hub(address, config, monkeypatch)


# -- without signing in ---------------------------------------------------------------------------


def test_an_answer_is_asked_about_by_one_mail_and_posted_by_its_button(hub: Hub) -> None:
    told = hub.send(PAGE, WROTE)
    assert told.status == 200
    assert "Look into your mail" in told.text
    (mail,) = hub.mails()
    assert [box.addr_spec for box in mail.to] == ["cleo@web.example"]
    assert "Thirteen" not in mail.text, "nobody has us carry words to others"
    path = link_in(mail)
    shown = hub.browser.get(path)
    assert "Thirteen, I think." in shown.text
    assert not Spool(hub.config.spool_in).pending(), "a look changes nothing"
    (name,) = buttons(shown)
    with hub.at_work():
        sent = hub.send(path, {"text": name})
    (post,) = [one for one in hub.take() if one.name == "Cleo"]
    assert post.body == "Thirteen, I think.\n"
    assert post.subject == "Re: Wages"
    assert post.references[0] == TOPIC.message_id.replace("m0@union.example", post.references[0])
    assert posts.path(TID, post.mid) in smallhub.files(hub.config.conference_repo("bar"))
    assert sent.status in (200, 303)


def test_pressed_twice_it_is_posted_once(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    path = link_in(hub.mails()[0])
    (name,) = buttons(hub.browser.get(path))
    first, second = hub.send(path, {"text": name}), hub.send(path, {"text": name})
    assert (first.status, second.status) == (200, 200)
    assert [one.name for one in hub.take()].count("Cleo") == 1
    assert "Nothing waits for you any more." in hub.browser.get(path).text


def test_a_text_that_waits_goes_along_when_its_conference_is_renamed(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    path = link_in(hub.mails()[0])
    (name,) = buttons(hub.browser.get(path))
    places.rename(hub.config, "bar", "rivers")
    told = hub.send(path, {"text": name})
    assert "thrown away" not in told.text
    hub.take()
    assert [one.name for one in hub.posts("rivers")].count("Cleo") == 1


def test_two_presses_at_once_post_once(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    path = link_in(hub.mails()[0])
    (name,) = buttons(hub.browser.get(path))
    threads = [
        threading.Thread(target=Browser(hub.address).send, args=(path, {"text": name}))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [one.name for one in hub.take()].count("Cleo") == 1


def test_a_question_starts_a_topic(hub: Hub) -> None:
    for path in ("/conferences/bar/", "/es/conferences/bar/"):
        assert hub.send(path, WROTE).status == 422, "without a subject"
        hub.send(path, WROTE | {"subject": f"Where {path}"})
    path = link_in(hub.mails()[0])
    for name in buttons(hub.browser.get(path)):
        hub.send(path, {"text": name})
    assert {"Where /conferences/bar/", "Where /es/conferences/bar/"} <= {
        one.subject for one in hub.take()
    }


def test_who_answers_in_a_topic_is_spoken_to_in_the_language_of_the_browser(hub: Hub) -> None:
    """A topic has one page for all languages; a script puts its words into the reader's."""
    seen = hub.send(PAGE, WROTE, accept_language="ar-EG, en;q=0.5")
    assert '<html lang="ar" dir="rtl"' in seen.text
    (asked,) = hub.mails()
    assert asked.field("Content-Language") == "ar"
    other = {**WROTE, "email": "other@x.example"}
    assert '<html lang="en"' in hub.send(PAGE, other, accept_language="sv").text, "the page's"
    own = {**WROTE, "email": "own@x.example", "subject": "New"}
    seen = hub.send("/es/conferences/bar/", own, accept_language="ar")
    assert '<html lang="es"' in seen.text, "its page is in the language that it was opened in"


def test_an_address_is_asked_once_an_hour_and_the_page_shows_all_that_waits(hub: Hub) -> None:
    for number in range(8):
        assert hub.send(PAGE, WROTE | {"text": f"Text {number}"}).status == 200
        assert len(hub.mails()) == (1 if number == 0 else 0)
    (asked,) = [one for one in (hub.config.private / "written").rglob("*.json")][:1]
    assert asked.stat().st_mode & 0o777 == 0o600


def test_who_says_yes_to_one_text_does_not_post_what_a_stranger_planted(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    path = link_in(hub.mails()[0])
    Browser(hub.address).send(PAGE, WROTE | {"text": "Buy this", "name": "Planted"})
    shown = hub.browser.get(path)
    assert len(buttons(shown)) == 2
    mine = shown.text.partition("Thirteen")[2]
    hub.send(path, {"text": buttons_in(mine)[0]})
    assert "Buy this" not in hub.texts()
    assert "Thirteen, I think." in hub.texts()
    left = hub.browser.get(path)
    (planted,) = buttons(left)
    hub.send(path, {"drop": planted})
    assert not buttons(hub.browser.get(path))
    told = hub.send(path, {"text": planted})
    assert "thrown away" in told.text
    assert "Buy this" not in hub.texts()


def buttons_in(html: str) -> list[str]:
    return re.findall(r'name="text" value="([0-9a-f]+)"', html)


def test_the_desk_asks_again_after_an_hour_and_ten_times_a_day_at_most(hub: Hub) -> None:
    start, asked = clock.now(), 0
    for number in range(26):
        at = start + timedelta(minutes=61 * number)
        with clock.fixed(at):
            _wait(hub, f"Text {number}")
            asked += len(hub.mails())
            _wait(hub, f"More {number}")
            assert not hub.mails(), "twice within the hour"
            for one in waiting.of(hub.config, WROTE["email"]):
                waiting.settle(hub.config, one, "dropped")
        if number == 22:
            assert asked == 10
    assert asked > 10, "the next day it asks again"


def test_the_desk_asks_again_when_the_clock_was_ahead_and_is_right(hub: Hub) -> None:
    with clock.fixed(clock.now() + timedelta(days=5)):
        _wait(hub, "Text 0")
        assert len(hub.mails()) == 1
    _wait(hub, "Text 1")
    assert len(hub.mails()) == 1


def _wait(hub: Hub, text: str) -> None:
    """What the page does for a text, without the page's own bounds."""
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    one = waiting.Waiting(name, WROTE["email"], "bar", TID, "a" * 32, clock.now().isoformat(), b"x")
    assert waiting.put(hub.config, one)
    post = DeskPost(hub.config)
    asyncio.run(post.put("bar", Mailbox("", WROTE["email"]), "en", name, subject=ASK))
    post.close()


def test_a_token_of_another_action_shows_no_texts(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    hub.mails()
    assert hub.browser.get("/confirm/" + "a" * 26).status == 404


# -- signed in ------------------------------------------------------------------------------------


def test_who_is_signed_in_is_led_to_the_post_which_is_there(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    with hub.at_work():
        answer = hub.send(PAGE, {"text": "At once"}, origin=hub.origin)
    assert answer.status == 303
    path, _, anchor = answer["location"].partition("#")
    assert path == PAGE
    assert f'id="{anchor}"' in hub.browser.get(path).text
    with hub.at_work():
        answer = hub.send("/conferences/bar/", {"subject": "New", "text": "Whole"})
    assert answer.status == 303
    assert "Whole" in hub.browser.get(answer["location"].partition("#")[0]).text
    assert not hub.mails()


def test_sent_twice_it_is_one_post(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    for _ in range(2):
        hub.send(PAGE, {"text": "Twice"})
    assert hub.texts().count("Twice") == 1


def test_sent_before_and_after_the_full_hour_it_is_one_post(hub: Hub) -> None:
    full = clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.fixed(full - timedelta(minutes=1)):
        hub.browser = member.signed_in(hub.config, hub.address, ANA)
    for seconds in (-2, 2, 3500):
        with clock.fixed(full + timedelta(seconds=seconds)):
            hub.send(PAGE, {"text": "Around"})
    assert hub.texts().count("Around") == 1
    with clock.fixed(full + timedelta(seconds=3700)):
        hub.send(PAGE, {"text": "Around"})
    assert hub.texts().count("Around") == 2, "an hour later it is said again"


def test_when_the_page_takes_its_time_who_wrote_is_told_so(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    told = hub.send(PAGE, {"text": "Slow"})
    assert told.status == 200
    assert "It is there in a moment" in told.text
    assert f'href="{PAGE}"' in told.text


def test_a_lost_session_asks_for_an_address_and_keeps_the_text(hub: Hub) -> None:
    told = hub.send(PAGE, {"text": "Long <b>thought</b>"})
    assert told.status == 422
    assert "Long &lt;b&gt;thought&lt;/b&gt;</textarea>" in told.text
    assert 'name="email"' in told.text


def test_an_address_that_is_not_ones_own_is_asked(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    assert hub.send(PAGE, WROTE).status == 200
    (mail,) = hub.mails()
    assert mail.to[0].addr_spec == "cleo@web.example"
    assert "Thirteen, I think." not in hub.texts()


def test_a_members_conference_takes_the_text_of_who_may_read_it_alone(hub: Hub) -> None:
    page = f"/conferences/board/t/{TID}/"
    nothing = hub.send("/conferences/nosuch/", WROTE)
    for path in (page, "/conferences/board/"):
        seen = hub.send(path, WROTE)
        assert (seen.status, seen.text) == (nothing.status, nothing.text) == (404, nothing.text)
    hub.browser = member.signed_in(hub.config, hub.address, BEA)
    refused, nowhere = (hub.send(one, {"text": "Let me"}) for one in (page, "/conferences/nosuch/"))
    assert (refused.status, refused.text) == (nowhere.status, nowhere.text) == (404, refused.text)
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    assert "<textarea" in hub.browser.get(page).text
    hub.send(page, {"text": "Rubies"})
    hub.take()
    assert "Rubies\n" in {one.body for one in hub.posts("board")}


def test_what_was_typed_among_members_is_there_when_the_session_has_ended(hub: Hub) -> None:
    wrote = {"subject": "Wages", "text": "Long <b>thought</b>"}
    for path in ("/conferences/board/", f"/conferences/board/t/{TID}/", "/conferences/nosuch/"):
        seen = hub.browser.upload(path, wrote, ("notes.txt", b"We met.\n"))
        assert seen.status == 404
        assert "Wages\n\nLong &lt;b&gt;thought&lt;/b&gt;</textarea>" in seen.text, path
        assert 'href="/login/" referrerpolicy="same-origin"' in seen.text
        forged = hub.send(path, wrote, origin="https://evil.example")
        assert (forged.status, "thought" in forged.text) == (404, False)
    assert not hub.mails()


# -- what goes wrong ------------------------------------------------------------------------------


def test_a_forged_origin_sends_nothing(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    for head in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}):
        seen = hub.send(PAGE, {"text": "Forged"}, **head)
        assert seen.status == 403
        assert "Forged" not in seen.text
    assert "Forged" not in hub.texts()


def test_two_megabytes_of_text_come_back_in_the_form(hub: Hub) -> None:
    text = "long " * 400_000
    seen = hub.send(PAGE, WROTE | {"text": text})
    assert seen.status == 413
    assert text.strip() in seen.text
    assert not hub.mails()


def test_more_than_is_read_sends_nothing(hub: Hub) -> None:
    assert hub.send(PAGE, WROTE | {"text": "x" * 12_000_000}).status == 413
    assert not hub.mails()


def test_a_file_that_is_too_large_takes_neither_the_text_nor_the_others_with_it(hub: Hub) -> None:
    small, large = ("notes.txt", b"We met.\n"), ("film é.txt", b"x" * 30_000_000)
    seen = hub.browser.upload(PAGE, WROTE | {"text": "Kept words"}, large, small)
    assert seen.status == 413
    for words in ("Kept words", "together at most", "film é.txt (30", "notes.txt"):
        assert words in seen.text, words
    kept = re.search(r'name="kept" value="([^"]+)"', seen.text)
    assert kept is not None
    assert not hub.mails()
    again = hub.send(PAGE, WROTE | {"text": "Kept words", "kept": kept[1], "keep0": "on"})
    assert again.status == 200, "the small one goes with it"


def test_a_script_is_text(hub: Hub) -> None:
    hub.send(PAGE, WROTE | {"text": "<script>alert(1)</script>"})
    path = link_in(hub.mails()[0])
    shown = hub.browser.get(path).text
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_a_line_break_in_a_name_is_none_in_the_mail(hub: Hub) -> None:
    hub.send(PAGE, WROTE | {"name": "Cleo\r\nBcc: x@web.example"})
    path = link_in(hub.mails()[0])
    hub.send(path, {"text": buttons(hub.browser.get(path))[0]})
    (item,) = [i for path in Spool(hub.config.spool_in).pending() for i in _items(hub, path)]
    assert parse(item).field("Bcc") is None


def _items(hub: Hub, path: Path) -> list[bytes]:
    return [item.raw for item in Spool(hub.config.spool_in).read(path)]


def test_only_editors_write_where_that_is_the_rule(hub: Hub) -> None:
    seen = hub.send("/conferences/news/", WROTE | {"subject": "News"})
    assert seen.status == 403
    assert "Thirteen, I think." in seen.text
    assert "<textarea" not in hub.browser.get("/conferences/news/").text


def test_a_topic_that_is_gone_leaves_the_text(hub: Hub) -> None:
    seen = hub.send(f"/conferences/bar/t/{'b' * 32}/", WROTE)
    assert seen.status == 404
    assert "Thirteen, I think." in seen.text
    assert 'name="subject"' in seen.text


def test_a_closed_topic_lets_the_text_wait_for_a_moderator(hub: Hub) -> None:
    closed = TopicEvent("close", hubs.after(60), "p_aaaaa", eid="a" * 26)
    note = Change(event.path(TID, closed), event.encode(closed))
    hubs.commit(hub.config.conference_repo("bar"), note)
    calm = replace(BAR, policy=replace(defaults("open"), closed="hold"))
    hubs.commit(hub.config.conference_repo("bar"), Change(settings.FILE, settings.encode(calm)))
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    with hub.at_work():
        told = hub.send(PAGE, {"text": "Too late"})
    assert told.status == 200
    assert "read it first" in told.text
    assert "Too late" not in hub.texts()


def test_where_only_members_write_a_strangers_text_is_treated_as_mail(hub: Hub) -> None:
    hub.send("/conferences/calm/", WROTE | {"subject": "Hello"})
    path = link_in(hub.mails()[0])
    with hub.at_work():
        told = hub.send(path, {"text": buttons(hub.browser.get(path))[0]})
    assert "read it first" in told.text
    assert not hub.posts("calm")
    held = smallhub.files(hub.config.mail_repo, "held/calm")
    assert any(b'"rule": "nonmember"' in blob for blob in held.values())


def test_copies_do_not_claim_to_come_from_the_authors_provider(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    hub.send(PAGE, {"text": "Munged"})
    (raw,) = [r for path in Spool(hub.config.spool_in).pending() for r in _items(hub, path)]
    assert munge.is_of_page(raw)
    how = munge.Munging("bar@hub.example", "Bar", of_page=True, setting="never")
    copy = parse(munge.mitigated(raw, raw, how, None, None))
    assert [(box.name, box.addr_spec) for box in copy.from_] == [("Ana via Bar", "bar@hub.example")]


def test_places_have_bounds_of_their_own(hub: Hub) -> None:
    for number in range(waiting.MOST):
        hub.send(PAGE, WROTE | {"text": f"Text {number}"})
    seen = hub.send(PAGE, WROTE | {"text": "One too many"})
    assert seen.status == 429
    assert "One too many</textarea>" in seen.text


def test_a_look_before_it_is_sent(hub: Hub) -> None:
    seen = hub.send(PAGE, WROTE | {"text": "> so\n\nIt *is*.", "preview": "1"})
    assert seen.status == 200
    assert "<blockquote>" in seen.text
    assert "It *is*.</textarea>" in seen.text
    assert 'value="cleo@web.example"' in seen.text
    assert not hub.mails()


def test_an_answer_to_one_post_shows_it_and_says_so_in_its_header(hub: Hub) -> None:
    mid = OTHER.mid
    form = hub.browser.get(f"{PAGE}?to={mid}")
    assert "Twelve" in form.text
    assert f'name="to" value="{mid}"' in form.text
    hub.browser = member.signed_in(hub.config, hub.address, ANA)
    hub.send(PAGE, {"text": "To that one", "to": mid})
    (post,) = [one for one in hub.take() if one.body == "To that one\n"]
    assert post.in_reply_to is not None
    assert posts.post_id(post.in_reply_to) == mid
    plain = hub.browser.get(f"{PAGE}?to={'c' * 32}")
    assert "How much is it?" in plain.text


def multipart(fields: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    parts = [
        f'--{_BOUNDARY}\r\n{_SAID}; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, octets in files:
        head = f'{_SAID}; name="file"; filename="{name}"\r\n'
        parts.append(f"--{_BOUNDARY}\r\n{head}\r\n".encode() + octets + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def test_files_come_along_and_only_those_that_are_taken(hub: Hub) -> None:
    kind = f"multipart/form-data; boundary={_BOUNDARY}"

    def send(*files: tuple[str, bytes]) -> Seen:
        body = multipart(WROTE, list(files))
        raw = webserver.ask(
            hub.address,
            PAGE,
            method="POST",
            body=body,
            content_type=kind,
            origin=f"http://{hub.address[0]}",
        )
        return Seen(raw.status, tuple(raw.headers.items()), raw.body)

    assert send(*[("a.txt", b"words")] * 40).status == 422
    assert send(("run.exe", b"MZ")).status == 422
    long = send(("gate.opus", b"OggS" + bytes(2_000_000)))
    assert long.status == 422
    assert "This recording is too large: gate.opus. At most 2 MB are taken." in long.text
    assert "Thirteen, I think." in long.text, "nothing that was typed is lost"
    disguised = send(("photo.png", b"GIF89a"))
    assert disguised.status == 422
    assert "photo.png" in disguised.text
    assert "Thirteen, I think." in disguised.text
    rules = AttachmentRules(types=("txt",))
    few = replace(BAR, attachments=rules)
    hubs.commit(hub.config.conference_repo("bar"), Change(settings.FILE, settings.encode(few)))
    assert send(("sheet.ods", b"PK\x03\x04")).status == 422
    assert send(("año.txt", "über".encode())).status == 200
    path = link_in(hub.mails()[0])
    shown = hub.browser.get(path)
    assert "año.txt" in shown.text
    hub.send(path, {"text": buttons(shown)[0]})
    (post,) = [one for one in hub.take() if one.name == "Cleo"]
    assert [(one.name, one.bytes) for one in post.attachments] == [("año.txt", 5)]


def test_the_box_costs_little(hub: Hub) -> None:
    for path in ("/conferences/bar/", PAGE):
        page = (hub.config.public / path.strip("/") / "index.html").read_bytes()
        without, boxes = re.subn(
            rb'<form class="write[^>]*enctype.*?</form>', b"", page, flags=re.DOTALL
        )
        assert boxes == 1
        assert len(brotli.compress(page)) - len(brotli.compress(without)) <= 600
        assert len(brotli.compress(page)) <= 14_600


def test_what_a_form_says_is_read_as_it_was_typed() -> None:
    rules = AttachmentRules()
    blank = written.faults(written.Written(), rules, "en", is_new=True)
    assert len(blank) == 4
    good = written.Written("t", "s", "n", "n@web.example")
    assert written.faults(good, rules, "en", is_new=True) == []
    files = (Upload("file", "a/voice.webm", b"x", "audio/webm"), Upload("file", "f.webm", b"x"))
    sent = Sent({"text": "a"}, (*files, Upload("other", "b.pdf", b"x")))
    assert [(one.name, one.type) for one in written.of(sent).files] == [
        ("a_voice.webm", "audio/webm"),
        ("f.webm", "video/webm"),
    ]


def test_what_waits_is_told_and_erased_with_the_person(hub: Hub) -> None:
    hub.send(PAGE, WROTE)
    told = pending.told(hub.config, None, frozenset({WROTE["email"]}))
    assert [one["place"] for one in told] == ["private/written"]
    (path,) = waiting.PENDING.of(hub.config, None, WROTE["email"])
    kinds = [kind.of(hub.config, None, WROTE["email"]) for kind in pending.kinds()]
    assert path in {one for kind in kinds for one in kind}
