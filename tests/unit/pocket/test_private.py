"""Nothing of what is not for everybody is in anything that one can take away from a hub.

Each private place of one hub holds a mark of its own, and so do the words that only some may read.
They are looked for in every octet of a stick, of one with a sealed package, of an update between
two, of a ZIM, of books and of paper: unpacked, uncompressed and decoded.

mail, roster, keys, drafts, … ─marked→ hub ─→ stick, update, ZIM, EPUB, PDF ─unpacked→ no mark
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest

from solicomm_build.features.books import binding, printing
from solicomm_build.features.books.gathering import Shelf
from solicomm_build.features.books.wanted import MONTH, TOPIC, Wanted
from solicomm_build.features.founding import founding
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.offering import offered, record
from solicomm_build.features.pocket.stick import writing
from solicomm_build.features.pocket.updating import lists, making
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.ingest import run as ingest
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants, rosterevents
from solicomm_build.people.sessions import Sessions
from solicomm_build.post import event as events
from solicomm_build.post.books import epub
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

OPEN = "kanaripublic"
"""What everybody may read: where this is not found, the test does not look right."""
MARKS = {
    "kanariaddress": "the address of an author",
    "kanariheader": "a header of a mail as it came",
    "kanarimembers": "a conference for members",
    "kanarifile": "a file in one",
    "kanariunlisted": "a conference that is unlisted, and was not named",
    "kanariheld": "mail that waits for a moderator",
    "kanariroster": "the roster",
    "kanariprivate": "a folder or repository below private/",
    "kanariform": "the part of a report that is not public",
    "kanaripeople": "a card of a person",
    "kanaridraft": "a draft on a branch of its own",
    "kanarispool": "a mail that is on its way",
    "kanarihidden": "a post that was hidden",
}
MODERATOR = "p_7h2kqm3x9d"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")

Octets = list[tuple[str, bytes]]


class Made(NamedTuple):
    marks: Mapping[bytes, str]
    products: Mapping[str, Octets]


# -- the hub ----------------------------------------------------------------------------------


def _founded(root: Path) -> Config:
    """A hub with conferences and a library."""
    config = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    for one in (
        Conference("water", {"en": "Water"}, posting="open"),
        Conference("closed", {"en": "Closed"}, posting="open", visibility="members"),
        Conference("quiet", {"en": "Quiet"}, posting="open", visibility="unlisted"),
        Conference("held", {"en": "Held"}, posting="moderated"),
    ):
        smallhub.add_conference(config, one)
    create(config.library_repo("laws"))
    library = b"schema: solicomm/library@1\nid: laws\ntitle: {en: Laws}\nlanguages: [en]\n"
    hubs.commit(config.library_repo("laws"), Change("library.yaml", library))
    return config


def _mails(config: Config) -> None:
    """What comes by mail: posts with their authors' addresses, and one that waits."""
    spool = Spool(config.spool_in)
    said = {"water": OPEN, "closed": "kanarimembers", "quiet": "kanariunlisted"}
    for number, (name, words) in enumerate({**said, "held": "kanariheld"}.items()):
        raw = smallhub.mail(
            f"{words}\n",
            "X-Mailer: kanariheader",
            msgid=f"<m{number}@id.example>",
            subject=words,
            sender="Ana <ana@kanariaddress.example>",
        )
        to, who = f"{name}@hub.example", "ana@kanariaddress.example"
        spool.put([smallhub.item(raw, to, mail_from=who, proved=True)])
    ingest.ingest(config, once=True, log=maillog.to_nobody())
    spool.close()


def _hidden(config: Config) -> None:
    """A post that a moderator has hidden."""
    water = config.conference_repo("water")
    one = hubs.post("begun", subject="Pumps", body="They leak.\n")
    answer = hubs.post("hidden", "begun", subject="Re: Pumps", body="kanarihidden\n")
    hubs.add(config, "water", [one, answer])
    fact = grant.signed(
        grant.Grant(MODERATOR, "water", "moderator", smallhub.BEGUN, "operator"),
        grants.key_of(config),
    )
    key = signature.public(grants.key_of(config)).hex().encode()
    hubs.commit(
        config.site_repo,
        Change(grant.path(fact), grant.encode(fact)),
        Change(grant.PUBLIC_KEY, key),
    )
    made = events.make("hide", at=hubs.START, by=MODERATOR, data={"post": hubs.mid("hidden")})
    path = events.path(hubs.tid_of(one), made)
    hubs.commit(water, Change(path, events.encode(made)))


def _marked(config: Config) -> None:
    """Puts marks wherever the hub keeps something private."""
    row, file = hubs.attached(b"kanarifile " * 400, "kanarifile.txt")
    hubs.commit(config.conference_repo("closed"), file)
    hubs.add(config, "closed", [hubs.post("file", subject="kanarimembers", attachments=[row])])
    smallhub.add_events(
        config, [rosterevents.mailbox("kanariroster", at=smallhub.BEGUN, by="o", keep=True)]
    )
    for repo in (config.private / "forms" / "water.git", config.people_repo):
        if not repo.is_dir():
            create(repo)
    hubs.commit(config.private / "forms" / "water.git", Change("answers/x.json", b"kanariform"))
    hubs.commit(config.people_repo, Change("kanaripeople.yaml", b"kanaripeople"))
    for drafts in (config.library_repo("laws"), config.conference_repo("water")):
        with Writer(open_repo(drafts), branch="refs/heads/drafts") as writer:
            change = Change("entries/kanaridraft/entry.md", b"kanaridraft")
            writer.commit([change], author_name="kanaridraft", when=hubs.START, message="d\n")
    for folder in (config.spool_out, config.spool_desk, config.previews, config.copies):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kanarispool").write_bytes(b"kanarispool")
    for path in [config.private, *config.private.rglob("*")]:
        if path.suffix == ".git":
            hubs.commit(path, Change("kanariprivate", b"kanariprivate"))
        elif path.is_dir() and ".git" not in "/".join(path.parts):
            (path / "kanariprivate").write_bytes(b"kanariprivate")


def _secrets(config: Config) -> dict[bytes, str]:
    """A line of each key, and of a link to sign in."""
    found = dict[bytes, str]()
    for path in sorted(config.keys.rglob("*")):
        if path.is_file() and not path.name.endswith(".pub") and path.name != "kanariprivate":
            lines = [line for line in path.read_bytes().splitlines() if len(line) >= 20]
            for line in [line for line in lines if b"KEY" not in line] or [path.read_bytes()]:
                found[line.lower()] = f"the key {path.name}"
    sessions = Sessions(config)
    found[sessions.link(1, "", clock.now()).encode()] = "a link to sign in"
    sessions.close()
    return found


# -- what can be taken away -------------------------------------------------------------------


def _silent(what: str, number: int, of: int) -> None:
    del what, number, of


def _objects(bundle: Path, work: Path) -> bytes:
    """Every object of a bundle, and of those of the same repository that were looked at before:
    one may build upon another."""
    repo = work / f"{bundle.name.partition('.')[0]}.git"
    git = ["git", "--git-dir", str(repo)]
    subprocess.run([*git, "init", "-q", "--bare"], check=True)
    pack = bundle.read_bytes().partition(b"\n\n")[2]
    unpack = [*git, "index-pack", "--stdin", "--fix-thin"]
    subprocess.run(unpack, input=pack, check=True, capture_output=True)
    objects = [*git, "cat-file", "--batch", "--batch-all-objects"]
    return subprocess.run(objects, check=True, capture_output=True).stdout


def _opened(name: str, octets: bytes) -> Iterator[tuple[str, bytes]]:
    """Some octets, and what is packed or coded in them."""
    yield name, octets
    if octets[:2] == b"\x1f\x8b":
        yield f"{name} (unpacked)", gzip.decompress(octets)
    if name.endswith(".js"):
        for number, coded in enumerate(_BASE64.findall(octets)):
            try:
                inner = base64.b64decode(coded, validate=True)
            except binascii.Error:
                continue
            is_packed = inner[:2] == b"\x1f\x8b"
            yield f"{name} ({number})", gzip.decompress(inner) if is_packed else inner


def _tree(folder: Path, work: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            yield from _opened(name, path.read_bytes())
            if name.endswith(".bundle"):
                yield f"{name} (objects)", _objects(path, work)


def _zip(octets: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        for name in archive.namelist():
            yield from _opened(name, archive.read(name))


def _update(file: Path, work: Path) -> Iterator[tuple[str, bytes]]:
    """The files that an update brings, put together of their pieces."""
    target = work / "update"
    with zipfile.ZipFile(file) as archive:
        yield "update.json", archive.read("update.json")
        files = json.loads(archive.read("update.json"))["files"]
        for number, (name, _, _) in enumerate(files):
            pieces = [one for one in archive.namelist() if one.startswith(f"data/{number}.")]
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(archive.read(one) for one in pieces))
    yield from _tree(target, work)


def _zim(file: Path, work: Path) -> Iterator[tuple[str, bytes]]:
    target = work / "zim"
    subprocess.run(["zimdump", "dump", f"--dir={target}", file], check=True, capture_output=True)
    yield from _tree(target, work)
    for number, mark in enumerate((OPEN, *MARKS)):
        found = subprocess.run(["zimsearch", file, mark], check=True, capture_output=True).stdout
        yield f"search {number}", mark.encode() if b"article " in found else b""
    yield "index", file.read_bytes()


def _books(config: Config) -> Iterator[tuple[str, Octets]]:
    with Shelf(config, "water") as shelf:
        month = shelf.gathered(Wanted("water", MONTH, "2026-03"))
        topic = shelf.gathered(Wanted("water", TOPIC, hubs.mid("begun")))
        book = binding.bound(shelf, month)
        yield "book", [*_zip(epub.write(binding.bound(shelf, topic))), *_zip(epub.write(book))]
    pdf = printing.printed(book)
    with pypdfium2.PdfDocument(pdf) as opened:
        texts = [page.get_textpage().get_text_range().encode() for page in opened]
    yield "paper", [("the PDF", pdf), *((f"page {n}", text) for n, text in enumerate(texts))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("private")
    config = _founded(place / "hub")
    _mails(config)
    _hidden(config)
    _marked(config)
    hubs.build(config)
    take = tuple(kind for kind in record.NAMES if kind == "stick" or shutil.which("zimdump"))
    offered.write(replace(config, take=take))
    assert record.read(config).fault == ""
    work, old, new = (place / name for name in ("work", "old", "new"))
    work.mkdir()
    with zipfile.ZipFile(config.public / "take" / record.NAMES["stick"]) as archive:
        archive.extractall(old)
    hubs.add(config, "water", [hubs.post("later", subject="Later", body=f"{OPEN} later\n")])
    shutil.copytree(old / "hub.example", new)
    writing.write(config, new, Choice(), members=("closed",), progress=_silent)
    making.write(new, lists.found(str(old / "hub.example"), None), place / "week.zip")
    products = {
        "stick": [*_tree(old, work)],
        "sealed": [*_tree(new, work)],
        "update": [*_update(place / "week.zip", work)],
        **dict(_books(config)),
    }
    if "zim" in take:
        products["zim"] = [*_zim(config.public / "take" / record.NAMES["zim"], work)]
    marks = {mark.encode(): said for mark, said in MARKS.items()}
    return Made({**marks, **_secrets(config)}, products)


# -- the promise ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stick", "sealed", "update", "book", "paper", "zim"])
def test_no_private_octet_is_in_what_one_takes_away(made: Made, name: str) -> None:
    if name not in made.products:
        pytest.skip("zim-tools (Debian) is not installed")
    looked = made.products[name]
    assert any(OPEN.encode() in octets for _, octets in looked), "nothing was read"
    found = {
        f"{said}: {where}"
        for where, octets in looked
        for mark, said in made.marks.items()
        if mark in octets.lower() or mark in where.lower().encode()
        if not (mark == b"kanarihidden" and ".bundle" in where)  # it stays hidden in the history
    }
    assert found == set()


def test_bundles_and_indexes_were_looked_into(made: Made) -> None:
    """Else the test above says nothing of them."""
    stick = made.products["stick"]
    for part, word in (
        (r"water\.bundle \(objects\)$", OPEN),
        (r"search/index/.* \(\d+\)$", OPEN[:9]),  # its stem
    ):
        assert any(re.search(part, where) and word.encode() in octets for where, octets in stick)
    assert any(where.endswith("laws.bundle (objects)") for where, _ in stick)
    if "zim" in made.products:
        assert ("search 0", OPEN.encode()) in made.products["zim"]
