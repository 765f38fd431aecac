"""A recording made small enough to listen to on a telephone and a bad line.

    spoken(octets) ─→ soundworker.py, shut in ─→ ffmpeg of Debian ─→ AAC in MP4, one channel

ffmpeg reads what strangers sent, so it sees that one file, no other, and no network, with little
time. Where it is not installed, or cannot make anything of the file, there is nothing: the clean
copy is played as it is then. The format is the one that every telephone plays, and every program
for podcasts takes. The file is passed in memory: MP4 must be read and written to and fro.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from solicomm_build.cleaning import kinds

WALL_SECONDS = 60

_DEMUXERS = {
    kinds.MP3: "mp3",
    kinds.OGG: "ogg",
    kinds.FLAC: "flac",
    kinds.WAV: "wav",
    kinds.MP4: "mov",
    kinds.AMR: "amr",
    kinds.AAC: "aac",
    kinds.WEBM: "matroska",
}
_DECODERS = (
    "aac,aac_latm,alac,amrnb,amrwb,flac,mp3,mp3float,opus,libopus,vorbis,libvorbis,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s32le,pcm_u8,pcm_f32le,pcm_mulaw,pcm_alaw,speex,libspeex"
)
_ALREADY_SMALL = 0.8
"""A file that every telephone plays gets no second one unless that has so much less."""
_EVERYWHERE = frozenset({kinds.MP3, kinds.MP4})


def program() -> str | None:
    """Where ffmpeg is on this machine; None where it is not installed."""
    return shutil.which("ffmpeg", path=os.defpath)


def spoken(octets: bytes) -> bytes:
    """A small copy of a recording, or nothing where none can be made or is needed. Blocking, up to
    a minute. Never raises for a bad file."""
    kind, ffmpeg = kinds.kind_of(octets), program()
    if kind not in _DEMUXERS or ffmpeg is None:
        return b""
    made = _made(octets, ffmpeg, _DEMUXERS[kind])
    if kind in _EVERYWHERE and len(made) > _ALREADY_SMALL * len(octets):
        return b""
    return made if kinds.kind_of(made) == kinds.MP4 else b""


def _made(octets: bytes, ffmpeg: str, demuxer: str) -> bytes:
    with _in_memory(octets) as source, _in_memory(b"") as target:
        command = [sys.executable, "-I", "-m", "solicomm_build.cleaning.soundworker", ffmpeg]
        try:
            done = subprocess.run(
                [*command, *arguments(demuxer)],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                timeout=WALL_SECONDS,
                check=False,
                close_fds=True,
                env={"PATH": os.defpath, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            return b""
        size = os.fstat(target).st_size
        return os.pread(target, size, 0) if done.returncode == 0 else b""


@contextmanager
def _in_memory(octets: bytes) -> Iterator[int]:
    """A file without a name that holds these octets, open for reading and writing."""
    fd = os.memfd_create("sound", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(fd), "wb") as file:
            file.write(octets)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def arguments(demuxer: str) -> tuple[str, ...]:
    """What ffmpeg is told: the first sound alone, 32 kbit/s of one channel, nothing about it."""
    text = (
        f"-nostdin -hide_banner -loglevel error -protocol_whitelist file -threads 1"
        f" -codec_whitelist {_DECODERS} -f {demuxer} -i file:/proc/self/fd/0"
        " -map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1 -fflags +bitexact"
        " -flags:a +bitexact -t 7200 -ac 1 -ar 24000 -c:a aac -b:a 32k -movflags +faststart"
        " -f mp4 -y file:/proc/self/fd/1"
    )
    return tuple(text.split())
