"""One file of every kind that the hub writes while letters go to and fro, as it lies on disk.

Two paths are of one kind when they differ by ids and dates alone; the first by its text is kept.
What is drawn by lot, or made of what is, stands as `*`. Files that are no text have nothing in
them here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.testing import smallhub
from tests.snapshots import kept
from tests.snapshots.making import English

_ID = re.compile(
    r"(?<![a-z0-9])(?=[a-z]*[2-7])[a-z2-7]{8,64}(?![a-z0-9])|(?<![a-z0-9])[a-z2-7]{26,64}(?![a-z0-9])"
    r"|(?<=\b[mt]-)[a-z2-7]{8}(?![a-z0-9])|(?<=\bhub-)[a-z2-7]{8}(?![a-z0-9])"
    r"|(?:(?<=\bdock-)|(?<=\bmetal-))(?!aaaaaaaa)[a-z2-7]{8}(?![a-z0-9])"
    r"|(?<=\nkey: )[a-z2-7]{16}\b|(?<=\nknown: )\[[^\]\n]*\]"
    r"|(?<=\bp_)[a-z2-7]{10}|(?<=report: )[a-z2-7]{10}"
    r"|(?<=Z-)[a-z2-7]{8,}|(?<=/\*-)[a-z2-7]{16}(?=\.yaml$)"
    r"|(?<![0-9a-f])[0-9a-f]{12,64}(?![0-9a-f])|[A-Za-z0-9+_-]{60,}=*"
)
_ARMOUR = re.compile(r"(?<=-----)\n[A-Za-z0-9+/=\s]{40,}\n(?= *-----END )")
_KEY = re.compile(r"(?<=ssh-ed25519 )[A-Za-z0-9+/=]{60,}")
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z|[0-9]{16}-[0-9]{7}-[0-9]{6}")
_SUM = re.compile(r"(?<=^item )[0-9]+ [0-9]+ [0-9a-f]{8}$", re.MULTILINE)
_NUMBER = re.compile(r"[0-9]+")
_SKIPPED = re.compile(
    r"\.(?:lock|sqlite|sqlite-(?:wal|shm)|bell|sock|pem|key|idx|pack|taking)$|(?:^|/)(?:state|hooks)/"
)
_TYPE = re.compile(r'"type": ?"([a-z-]+)"')
_MOST = 4_000


def _settled(text: str) -> str:
    text = _KEY.sub("*", _ARMOUR.sub("\n*\n", text))
    text = _SUM.sub("*", _MOMENT.sub("*", kept.settled(text)))
    return _ID.sub("*", text).replace('"*"', "*").replace("\r\n", "\n")


def _kind(path: str) -> str:
    """What a path has in common with others of its kind."""
    kind = re.sub(r"(?<=/)[0-9a-z#]{1,2}(?=/\*)", "*", _NUMBER.sub("#", _settled(path)))
    return re.sub(r"(?<=:messages)(?:/[0-9a-z#*]){3}(?=/)", "/*/*/*", kind)


def _parts(kind: str, blob: bytes) -> Iterator[tuple[str, bytes]]:
    """A file as it is; one that has an event on each line as its events, each a kind."""
    if not kind.endswith(".jsonl"):
        yield kind, blob
        return
    for row in blob.splitlines():
        found = _TYPE.search(row.decode("utf-8"))
        yield f"{kind} {found[1] if found else ''}", row


def _found(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a hub with its path: those in repositories by their branch, the others as they
    lie."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".git" and path.is_dir():
            yield from ((f"{name}:{one}", blob) for one, blob in smallhub.files(path).items())
        elif path.is_file() and ".git/" not in name and not _SKIPPED.search(name):
            yield name, path.read_bytes()


def _shown(blob: bytes) -> str:
    try:
        text = blob.decode("utf-8")
    except UnicodeDecodeError:
        return "(octets)"
    return "(octets)" if "\0" in text else _settled(text)[:_MOST]


def test_files_are_as_they_were_looked_at(english: English, request: pytest.FixtureRequest) -> None:
    kinds: dict[str, str] = {}
    for hub in english.hubs.values():
        for path, blob in sorted(_found(hub)):
            for kind, part in _parts(_kind(path), blob):
                shown = _shown(part)
                kinds[kind] = min(kinds.get(kind, shown), shown)
    text = kept.written(sorted(kinds.items()))
    kept.compare("files.txt", text, refresh=request.config.getoption("--refresh-golden"))
