"""Recordings for tests, made by the real ffmpeg, with names of people in them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from solicomm_build.cleaning import speech

MISSING = "ffmpeg is not installed: make debian"
PLANTED = "Amina Planted"
"""What each says of who made it."""

_CODECS = {
    "opus": "-c:a libopus -b:a 24k",
    "ogg": "-c:a libvorbis",
    "m4a": "-c:a aac -b:a 128k",
    "mp3": "-c:a libmp3lame -b:a 128k",
    "webm": "-c:a libopus -b:a 96k -f webm",
    "live": "-c:a libopus -b:a 96k -f webm -live 1",  # as browsers record: nothing has a size
    "aac": "-c:a aac -b:a 96k -f adts",
    "wav": "-c:a pcm_s16le",
    "flac": "-c:a flac",
}


@cache
def recording(kind: str, seconds: int = 6) -> bytes:
    """A tone of so many seconds. Needs ffmpeg."""
    if kind == "amr":
        return b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50 * seconds
    command = [
        *("ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi"),
        *("-i", f"sine=frequency=300:duration={seconds}"),
        *("-metadata", f"title={PLANTED}", "-metadata", f"artist={PLANTED}"),
        *_CODECS[kind].split(),
    ]
    if kind == "m4a":  # cannot be written to a pipe
        command += ["-f", "mp4", "-y", "file:/proc/self/fd/1"]
        with (Path("/dev/shm") / f"solicomm-test-{id(command)}").open("w+b") as file:  # noqa: S108
            Path(file.name).unlink()
            subprocess.run(command, stdout=file, check=True)
            file.seek(0)
            return file.read()
    kinds = {"wav": "wav", "flac": "flac", "mp3": "mp3", "opus": "ogg", "ogg": "ogg"}
    if kind in kinds:
        command += ["-f", kinds[kind]]
    return subprocess.run([*command, "pipe:1"], stdout=subprocess.PIPE, check=True).stdout


def heard(octets: bytes) -> bytes:
    """What is in a recording, as samples."""
    command = ["ffmpeg", "-loglevel", "error", "-i", "pipe:0", "-f", "s16le", "pipe:1"]
    return subprocess.run(command, input=octets, stdout=subprocess.PIPE, check=True).stdout


def is_possible() -> bool:
    """Whether ffmpeg is there."""
    return speech.program() is not None
