"""Files of a form that comes back are kept for its next coming: nothing chosen is lost, a token
makes one post, and what is kept is bounded and goes."""

from __future__ import annotations

import os
import re

import pytest

from solicomm_build.features.writing import keeping
from solicomm_build.foundation import clock
from solicomm_build.message.values import Attachment
from solicomm_build.testing import member, webserver
from solicomm_build.testing.member import Seen
from tests.unit.web import test_writing as writing
from tests.unit.web.test_writing import ANA, PAGE, WROTE, Hub, multipart

built, hub = writing.built, writing.hub
KIND = f"multipart/form-data; boundary={writing._BOUNDARY}"


def send(hub: Hub, fields: dict[str, str], *files: tuple[str, bytes], page: str = PAGE) -> Seen:
    cookies = "; ".join(f"{name}={value}" for name, value in hub.browser.cookies.items())
    raw = webserver.ask(
        hub.address,
        page,
        method="POST",
        body=multipart(fields, [*files]),
        content_type=KIND,
        origin=f"http://{hub.address[0]}",
        **({"cookie": cookies} if cookies else {}),
    )
    return Seen(raw.status, tuple(raw.headers.items()), raw.body)


def token(seen: Seen) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', seen.text)
    assert found is not None, seen.text
    return found[1]


def kept(seen: Seen) -> list[str]:
    return re.findall(r'name="keep\d+" value="1" checked> <bdi>([^<]+)</bdi>', seen.text)


def posted(hub: Hub) -> list[list[str]]:
    new = [one for one in hub.take() if not one.body.startswith(("How much", "Twelve"))]
    return [[file.name for file in one.attachments] for one in new]


def signed_in(hub: Hub) -> None:
    hub.browser = member.signed_in(hub.config, hub.address, ANA)


def test_a_preview_and_a_fault_keep_what_was_chosen(hub: Hub) -> None:
    signed_in(hub)
    looked = send(hub, {"text": "Look", "preview": "1"}, ("a.txt", b"words"), ("b.txt", b"more"))
    assert kept(looked) == ["a.txt", "b.txt"]
    first = {"kept": token(looked), "keep0": "1", "keep1": "1"}
    wrong = send(hub, first | {"text": "Look"}, ("run.exe", b"MZ"), ("c.txt", b"third"))
    assert wrong.status == 422
    assert kept(wrong) == ["a.txt", "b.txt", "c.txt"]  # the good ones; the other was named
    assert "run.exe" in wrong.text
    second = {"kept": token(wrong), "keep0": "1", "keep2": "1"}  # one is left out again
    assert send(hub, second | {"text": "Look"}).status in (200, 303)
    assert posted(hub) == [["a.txt", "c.txt"]]


def test_a_lost_session_keeps_files_too(hub: Hub) -> None:
    signed_in(hub)
    looked = send(hub, {"text": "Look", "preview": "1"}, ("a.txt", b"words"))
    hub.browser.cookies.clear()
    fields = {"kept": token(looked), "keep0": "1", "text": "Look"}
    lost = send(hub, fields)
    assert lost.status == 422
    assert kept(lost) == ["a.txt"]
    assert token(lost) == fields["kept"]  # nothing is written twice
    assert send(hub, fields | WROTE).status == 200
    assert len(hub.mails()) == 1


def test_the_same_form_twice_is_one_post_and_another_text_gets_nothing_by_its_token(
    hub: Hub,
) -> None:
    signed_in(hub)
    looked = send(hub, {"text": "Look", "preview": "1"}, ("a.txt", b"words"))
    fields = {"kept": token(looked), "keep0": "1", "text": "Look"}
    for _ in range(2):
        assert send(hub, fields).status in (200, 303)
    assert posted(hub) == [["a.txt"]]
    other = send(hub, fields | {"text": "Something else"})
    assert other.status == 422
    assert "not here any more" in other.text
    assert "Something else</textarea>" in other.text
    assert kept(send(hub, fields | {"text": "Else", "preview": "1"})) == []
    assert posted(hub) == [["a.txt"]]


@pytest.mark.parametrize("wrong", ["", "x" * 32, "../../etc/passwd", "ü" * 32])
def test_a_strange_token_is_no_file_and_says_so(hub: Hub, wrong: str) -> None:
    signed_in(hub)
    seen = send(hub, {"kept": wrong, "keep0": "1", "text": "Look"})
    assert seen.status == (422 if wrong else 200)
    assert posted(hub) == ([] if wrong else [[]])


def test_a_token_is_one_conferences_and_an_hours(hub: Hub) -> None:
    signed_in(hub)
    looked = send(hub, {"text": "Look", "preview": "1"}, ("a.txt", b"words"))
    fields = {"kept": token(looked), "keep0": "1", "text": "Look", "subject": "S"}
    elsewhere = send(hub, fields, page="/conferences/board/")
    assert elsewhere.status == 422
    assert "not here any more" in elsewhere.text
    (path,) = (hub.config.private / "chosen").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    old = clock.timestamp() - 3700
    os.utime(path, (old, old))
    assert send(hub, fields).status == 422
    assert not path.exists()


def test_forty_files_leave_the_ten_that_go_with_a_text(hub: Hub) -> None:
    many = [(f"{number}.txt", b"words") for number in range(40)]
    seen = send(hub, WROTE, *many)
    assert seen.status == 422
    assert len(kept(seen)) == 10


def test_what_is_kept_is_bounded(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_IN_ALL", 1000)
    one = Attachment("a.txt", "text/plain", b"x" * 600)
    assert keeping.keep(hub.config, "bar", [one])
    assert not keeping.keep(hub.config, "bar", [one])
    seen = send(hub, WROTE | {"preview": "1"}, ("b.txt", b"x" * 600))
    assert seen.status == 200
    assert "choose your files again" in seen.text


def test_one_place_has_files_kept_forty_times_an_hour(hub: Hub) -> None:
    seen = [
        send(hub, WROTE | {"preview": "1", "text": f"{nth}"}, ("b.txt", b"x")) for nth in range(41)
    ]
    tokens = ['name="kept"' in one.text for one in seen]
    assert tokens == [True] * 40 + [False] or seen[-1].status == 429
