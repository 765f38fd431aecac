"""Lists of other programs, as an operator has copied them; each is moved as migrate.md says."""

from __future__ import annotations

import gzip
import pickle
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from tests.walk.step import Also, Do, Skip, Step, Walk

_SQL = Path(__file__).parents[1] / "data" / "foreign" / "mailman3.sql"
_ARCHIVE = b"""\
From ana at union.example Tue Mar 10 10:00:00 2020
From: Ana <ana@union.example>
Message-ID: <one@union.example>
Date: Tue, 10 Mar 2020 10:00:00 +0000
Subject: Pipes

They leak.

"""
_PEOPLE = "Email address,Nickname,Email status\nana@union.example,Ana,Delivered\n"


def copies(walk: Walk) -> None:
    """What part 1 of the page says to copy, of each program; the reader stands where it lies."""
    folder = walk.machine.path("/copy")
    shutil.rmtree(folder, ignore_errors=True)
    _mailman2(folder / "mailman")
    _mailman3(folder / "mailman.db")
    _mlmmj(folder / "mlmmj" / "water")
    sympa = folder / "sympa" / "water"
    sympa.mkdir(parents=True)
    (sympa / "config").write_text("subject Water workers\n")
    (folder / "review.txt").write_text("ana@union.example\n")
    (folder / "water.mbox.gz").write_bytes(gzip.compress(_ARCHIVE))
    with zipfile.ZipFile(folder / "water-export.zip", "w") as archive:
        archive.writestr("water/members.csv", "Email\nana@union.example\n")
        archive.writestr("water.mbox", _ARCHIVE)
    with zipfile.ZipFile(folder / "takeout.zip", "w") as archive:
        archive.writestr("Takeout/Groups/water/topics.mbox", _ARCHIVE)
    (folder / "members.csv").write_text(_PEOPLE)
    walk.must("chmod -R a+rX /copy; cd /copy", "the copies")


def _mailman2(folder: Path) -> None:
    for name in ("water", "fire", "earth"):
        place = folder / "lists" / name
        place.mkdir(parents=True)
        values = {
            "members": {"ana@union.example": 0, "ben@union.example": 0},
            "usernames": {"ana@union.example": "Ana"},
            "real_name": name.title(),
            "host_name": "old.example",
            "owner": ["olga@union.example"],
            "archive": True,
            "advertised": True,
        }
        more = ("digest_members", "user_options", "language", "delivery_status")
        (place / "config.pck").write_bytes(pickle.dumps(values | {key: {} for key in more}, 1))
        box = folder / "archives" / "private" / f"{name}.mbox"
        box.mkdir(parents=True)
        (box / f"{name}.mbox").write_bytes(_ARCHIVE.replace(b"<one@", f"<{name}@".encode()))


def _mailman3(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.executescript(_SQL.read_text("utf-8"))


def _mlmmj(folder: Path) -> None:
    for name in ("control", "subscribers.d", "archive"):
        (folder / name).mkdir(parents=True)
    (folder / "control" / "listaddress").write_text("water@old.example\n")
    (folder / "subscribers.d" / "a").write_text("ana@union.example\nfay@union.example\n")
    (folder / "archive" / "1").write_bytes(_ARCHIVE.partition(b"\n")[2])


def nobody_is_mailed(walk: Walk) -> None:
    """The page promises that a move mails nobody, and that who came is unconfirmed."""
    said = walk.must("solicomm member list water", "the members")
    for address in ("ana@union.example", "ben@union.example", "fay@union.example"):
        walk.expect(address in said, f"{address} did not come along:\n{said}")
    walk.expect("unconfirmed" in said, f"nobody is unconfirmed:\n{said}")
    out = walk.must("ls /srv/solicomm/hub/spool/out | wc -l", "the spool")
    walk.expect(out.strip() == "0", f"a move put {out.strip()} mails into the spool")


def old_address(walk: Walk) -> None:
    """A link to the old archive leads to the post: part 7."""
    get = "python3 ~/get.py https://hub.example.org/hyperkitty/list/water@lists.example.org/"
    walk.until(f"{get} | head -1 | grep -q '/conferences/water/'", "an old address", 90)


def home(walk: Walk) -> None:
    """The next page begins where a shell does."""
    walk.must("cd", "home")


STEPS: list[Step] = [
    Skip("mkdir water", "asks Mailman 3 itself, which is not here"),
    Also("the copies are there", copies),
    Do("solicomm migrate mailman2 /copy/mailman --list water --dry-run", sees=("2 ", "visibility")),
    Do("solicomm migrate mailman2 /copy/mailman --list water\n", sees=("unconfirmed",)),
    Also("it mails nobody", nobody_is_mailed),
    Do("for list in water fire earth", sees=("Earth|earth",)),
    Do("solicomm member confirm water\n"),
    Do("solicomm migrate mailman2 /copy/mailman --list water --consent"),
    Do("solicomm build --once\n"),
    Also("an old address", old_address),
    Also("home again", home),
]
