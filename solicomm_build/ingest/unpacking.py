"""Compressed archives, known by their first octets: gzip, xz, bzip2, zstd.

A file may hold several streams, one behind the other, as `cat` joins them. What is cut off, and
what stands behind a stream and is none, is said: readers of Python's library pass over the latter
(bz2, lzma), and zstandard's over both.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

_PIECE = 1 << 17  # octets read, and given, at a time
_CUT = "it is cut off"
_ZSTD, _SKIPPED = b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"  # RFC 8878 3.1.1, 3.1.2
_ZSTD_HEAD = 18  # octets of the longest frame header (RFC 8878 3.1.1.1)


class _Decompressor(Protocol):
    """One stream of `bz2` or `lzma`."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class Pieces:
    """What is in a file, as a stream that is read piece by piece and then closed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1, /) -> bytes:
        """Some more octets, however many; none at the end."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Reads no more."""
        self._pieces = iter(())


def opened(file: IO[bytes]) -> IO[bytes]:
    """The decompressed stream, or the file itself where it is not compressed. Reading it raises one
    of `faults()` where the file is damaged or cut off."""
    start = file.read(10)
    file.seek(0)
    for magic, opener in _MAGIC.items():
        if start.startswith(magic):
            return opener(file)
    return file


def content(file: IO[bytes], most: int) -> bytes:
    """What is in a file, compressed or not, at most so many octets of it. Raises ValueError, with
    the reason, where a compressed one cannot be read."""
    start = file.read(10)
    file.seek(0)
    if start.startswith(tuple(_OTHERS)):
        raise ValueError(next(why for magic, why in _OTHERS.items() if start.startswith(magic)))
    if not start.startswith(tuple(_MAGIC)):
        return file.read(most)
    pieces, size = list[bytes](), 0
    try:
        with contextlib.closing(opened(file)) as stream:
            while size < most and (piece := stream.read(_PIECE)):
                pieces.append(piece)
                size += len(piece)
    except faults() as error:
        raise ValueError(str(error)) from error
    return b"".join(pieces)[:most]


def faults() -> tuple[type[Exception], ...]:
    """What reading a compressed file may raise."""
    return (OSError, EOFError, lzma.LZMAError, ValueError, _zstd_error())


def _gzip(file: IO[bytes]) -> IO[bytes]:
    stream = gzip.GzipFile(fileobj=file)
    # `read` keeps what it has got back when the rest cannot be read.
    return cast(IO[bytes], Pieces(iter(lambda: stream.read1(_PIECE), b"")))


def _xz(file: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], Pieces(_streams(file, lzma.LZMADecompressor)))


def _bzip2(file: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], Pieces(_streams(file, bz2.BZ2Decompressor)))


def _streams(file: IO[bytes], make: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """The octets of all streams; zeros may stand between and behind them (stream padding of xz)."""
    left = file.read(_PIECE)
    while left:
        stream = make()
        data = stream.decompress(left, _PIECE)
        while True:
            if data:
                yield data
            if stream.eof:
                break
            more = file.read(_PIECE) if stream.needs_input else b""
            if stream.needs_input and not more:
                raise EOFError(_CUT)
            data = stream.decompress(more, _PIECE)
        left = stream.unused_data.lstrip(b"\0")
        while not left and (more := file.read(_PIECE)):
            left = more.lstrip(b"\0")


def _zstd(file: IO[bytes]) -> IO[bytes]:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return cast(IO[bytes], zstd.ZstdFile(file))
    is_whole = _is_whole_zstd(file)
    file.seek(0)
    return cast(IO[bytes], Pieces(_frames(file, is_whole=is_whole)))


def _frames(file: IO[bytes], *, is_whole: bool) -> Iterator[bytes]:
    """The octets of all frames. The library takes the end of a file for the end of its frame."""
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    while data := reader.read(_PIECE):
        yield data
    if not is_whole:
        raise EOFError(_CUT)


def _is_whole_zstd(file: IO[bytes]) -> bool:
    """Whether the file ends where a frame does. Reads the heads of frames and blocks only; what is
    damaged otherwise the library finds."""
    import zstandard

    end = file.seek(0, os.SEEK_END)
    at = 0
    while at < end:
        file.seek(at)
        head = file.read(_ZSTD_HEAD)
        if head[1:4] == _SKIPPED and head[0] >> 4 == 5:
            at += 8 + int.from_bytes(head[4:8], "little")
            continue
        try:
            frame = zstandard.get_frame_parameters(head)
            at += zstandard.frame_header_size(head)
        except zstandard.ZstdError:
            return False
        at = _behind_blocks(file, at) + (4 if frame.has_checksum else 0)
    return at == end


def _behind_blocks(file: IO[bytes], at: int) -> int:
    """Where the blocks of a frame end that begin at `at` (RFC 8878 3.1.1.2): behind the file where
    that is cut within them."""
    while True:
        file.seek(at)
        head = file.read(3)
        at += 3
        if len(head) < 3:
            return at
        told = int.from_bytes(head, "little")
        at += 1 if told >> 1 & 3 == 1 else told >> 3
        if told & 1:
            return at


_MAGIC: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": _gzip,
    b"\xfd7zXZ\0": _xz,
    b"BZh": _bzip2,
    _ZSTD: _zstd,
}


_OTHERS = {
    b"Dovecot-LZ": "Dovecot keeps it packed with LZ4; have `doveadm` copy the folder without zlib",
    b"CRYPTED\x03\x07": "Dovecot keeps it encrypted; have `doveadm` copy the folder",
}
"""What a mail server may have made of a message that cannot be read here."""


def _zstd_error() -> type[Exception]:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return cast(type[Exception], zstd.ZstdError)
    import zstandard

    return zstandard.ZstdError
