"""Voice notes of every kind come out without names, are still heard, and become small."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.cleaning import child, kinds, speech, voice, webm
from solicomm_build.cleaning.result import BROKEN, CLEAN, CLEANED
from solicomm_build.foundation import confined
from solicomm_build.post import sounds
from solicomm_build.testing import recordings

needs_ffmpeg = pytest.mark.skipif(not recordings.is_possible(), reason=recordings.MISSING)
KINDS = ("opus", "ogg", "m4a", "mp3", "webm", "live", "aac", "wav", "flac")
NAME = recordings.PLANTED.encode()


@needs_ffmpeg
@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_loses_its_names_and_is_still_heard(kind: str) -> None:
    before = recordings.recording(kind)
    assert NAME in before or kind == "aac"
    made = child.clean(before)
    assert made.outcome == (CLEAN if kind == "aac" else CLEANED)
    assert NAME not in made.octets
    if kind != "m4a":  # cannot be read from a pipe
        assert recordings.heard(made.octets) == recordings.heard(before)


@needs_ffmpeg
@pytest.mark.parametrize("kind", [*KINDS, "amr"])
def test_the_small_copy_plays_everywhere_and_says_nothing(kind: str) -> None:
    made = child.clean(recordings.recording(kind), small=True)
    assert kinds.kind_of(made.small) == kinds.MP4
    assert NAME not in made.small
    assert b"Lav" not in made.small
    assert sounds.seconds(made.small) == 6
    assert len(made.small) < 6 * 5_000
    assert child.clean(recordings.recording(kind), small=True) == made


@needs_ffmpeg
def test_what_is_small_and_plays_everywhere_gets_no_second_copy() -> None:
    small = child.clean(recordings.recording("m4a"), small=True).small
    again = child.clean(small, small=True)
    assert again.is_safe
    assert again.small == b""


def test_without_ffmpeg_the_clean_copy_is_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "program", lambda: None)
    made = child.clean(recordings.recording("amr"), small=True)
    assert (made.outcome, made.small) == (CLEAN, b"")


@needs_ffmpeg
@pytest.mark.parametrize(
    "data",
    [
        b"ID3\x04\0\0\0\0\0\0#EXTM3U\nfile:///etc/passwd\n",
        b"OggS" + bytes(400),
        b"\0\0\0\x18ftypM4A \0\0\0\0",
        b"\x1aE\xdf\xa3" + b"\xff" * 40,
        b"#!AMR\n" + b"\xff" * 400,
    ],
)
def test_what_is_no_recording_gives_nothing(data: bytes) -> None:
    assert speech.spoken(data) == b""


@needs_ffmpeg
def test_a_decoder_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "WALL_SECONDS", 0.05)
    assert speech.spoken(recordings.recording("wav", 60)) == b""


@pytest.mark.skipif(confined.LANDLOCK not in confined.walls(), reason="this kernel has no landlock")
def test_what_takes_the_place_of_ffmpeg_sees_nothing_of_the_hub(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    tries = f"import socket\ntry:\n print(open({str(secret)!r}).read())\n"
    tries += "except OSError: print('shut')\n"
    tries += "try:\n socket.socket()\nexcept OSError: print('alone')\n"
    worker = (sys.executable, "-I", "-m", "solicomm_build.cleaning.soundworker")
    done = subprocess.run(
        [*worker, "/usr/bin/python3", "-I", "-S", "-c", tries],
        capture_output=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert done.stdout.decode().split() == ["shut", "alone"]
    assert stat.S_ISREG(secret.stat().st_mode)


# -- frames and elements --------------------------------------------------------------------------


def test_what_stands_around_frames_goes() -> None:
    amr = recordings.recording("amr", 1)
    assert voice.frames(amr + b"\x3cAmina", kinds.AMR) == amr
    with pytest.raises(ValueError, match="no sound"):
        voice.frames(b"#!AMR\nAmina", kinds.AMR)
    with pytest.raises(ValueError, match="no sound"):
        voice.frames(b"\xff\xf1Amina", kinds.AAC)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\x80\x42\x86\x81\x01",  # the head ends, and no segment follows
        b"\x1aE\xdf\xa3\x80\x18S\x80g\xff\x12T\xc3g\xff",  # tags without an end
        b"\x1aE\xdf\xa3\x80\x18S\x80g\x83\x12T\xc3g\x90",  # larger than what holds them
    ],
)
def test_elements_that_do_not_fit_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="element"):
        webm.clean(data)
    assert child.clean(data).outcome == BROKEN


def test_how_long_it_is() -> None:
    assert [sounds.clock(length) for length in (5, 65, 3725)] == ["0:05", "1:05", "1:02:05"]
    for odd in (b"", b"OggS", b"OggS" + bytes(200), b"\0\0\0\x10ftyp" + bytes(8)):
        assert sounds.seconds(odd) == 0


def test_which_files_are_sounds() -> None:
    assert sounds.is_sound("voice.OPUS", "application/octet-stream")
    assert sounds.is_sound("note", "audio/ogg")
    assert sounds.is_sound("note.webm", "audio/webm")
    assert not sounds.is_sound("march.webm", "video/webm")
    assert not sounds.is_sound("notes.pdf", "application/pdf")
