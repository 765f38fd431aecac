"""Each file of a conference that is pushed: what it is, who may add it, what is wrong with it."""

from __future__ import annotations

import dataclasses
import hashlib
import io

import pytest
from PIL import Image

from solicomm_build.foundation.errors import Findings
from solicomm_build.gate import conferencefiles as files
from solicomm_build.post import conference as settings
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Attached
from solicomm_build.testing import hubs

SHA = hashlib.sha256(b"octets").hexdigest()
FILE = posts.attachment_path(SHA)


def _said(found: Findings) -> str:
    return "\n".join(str(one) for one in found.faults)


@pytest.mark.parametrize(
    ("path", "place"),
    [("conference.yaml", "settings"), (FILE, "file"), ("README.md", ""), ("files/00/short", "")],
)
def test_every_file_has_a_place_or_none(path: str, place: str) -> None:
    assert files.place(path) == place
    assert (files.misplaced(path) is None) == bool(place)


def test_who_may_do_what() -> None:
    ranks = [
        files.rank_for("settings", adds=False, restricted=False),
        files.rank_for("post", adds=False, restricted=False),
        files.rank_for("hub", adds=True, restricted=False),
        files.rank_for("post", adds=True, restricted=True),
        files.rank_for("event", adds=True, restricted=False),
        files.rank_for("post", adds=True, restricted=False),
    ]
    assert ranks == ["host", "operator", "operator", "moderator", "moderator", "member"]
    assert set(ranks) <= set(files.RANKS)


def test_settings_are_those_of_this_conference() -> None:
    blob = settings.encode(Conference("water", {"en": "Water"}))
    found, right = files.check_settings(blob, "water")
    assert found is not None
    assert right == Findings()
    found, wrong = files.check_settings(blob, "fire")
    assert found is None
    assert "fire" in _said(wrong)
    found, wrong = files.check_settings(b"id: [", "water")
    assert found is None
    assert wrong.faults[0].file == "conference.yaml"


def test_a_setting_without_effect_is_said_and_taken() -> None:
    made = dataclasses.replace(Conference("water", {"en": "Water"}), raw_mail_days=30)
    found, said = files.check_settings(settings.encode(made), "water")
    assert found is not None
    assert said.faults == []
    assert "has no effect yet" in str(said.warnings[0])


def test_a_post_bears_the_name_of_its_message_id() -> None:
    post = hubs.post("a")
    path = posts.path(hubs.tid_of(hubs.post("a")), post.mid)
    assert files.check_post(posts.encode(post), path, ()) == Findings()
    other = posts.path(hubs.tid_of(hubs.post("a")), hubs.post("b").mid)
    assert f"Call it {post.mid}.md" in _said(files.check_post(posts.encode(post), other, ()))
    assert "does not fit" in _said(files.check_post(posts.encode(post), "elsewhere.md", ()))
    assert files.check_post(b"---\nfrom: [\n---\n", path, ()).faults[0].file == path


def test_one_message_has_one_name() -> None:
    post = dataclasses.replace(hubs.post("a"), message_id=" <a@union.example> ")
    said = _said(
        files.check_post(posts.encode(post), posts.path(hubs.tid_of(hubs.post("a")), post.mid), ())
    )
    assert "Message-ID" in said


def test_what_a_post_names_is_there() -> None:
    post = hubs.post("a", attachments=[Attached(SHA, "plan.pdf", "application/pdf", 6)])
    path = posts.path(hubs.tid_of(hubs.post("a")), post.mid)
    assert "the attachment plan.pdf is not there" in _said(
        files.check_post(posts.encode(post), path, ())
    )
    assert files.check_post(posts.encode(post), path, {SHA}) == Findings()


def test_octets_are_those_of_the_name_and_not_too_many() -> None:
    assert files.check_file(b"octets", FILE, 10) == Findings()
    assert "the file has 6 bytes" in _said(files.check_file(b"octets", FILE, 5))
    assert f"Call it {FILE}" in _said(files.check_file(b"octets", "files/aa/other", 10))


def test_a_picture_that_tells_of_its_camera_is_refused() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif)
    path = posts.attachment_path(hashlib.sha256(buffer.getvalue()).hexdigest())
    assert "what the camera" in _said(files.check_file(buffer.getvalue(), path, 1 << 20))


def test_an_event_that_cannot_be_read_is_named() -> None:
    found = files.check_event(b"type: [", "topics/x/events/y.yaml")
    assert found.faults[0].file == "topics/x/events/y.yaml"
