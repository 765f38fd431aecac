"""Nobody's address is where others can read it: repositories, pages, downloads, feeds, the search.

mail or import → conference repositories → public/ (with .br and .gz unpacked) → looked through

What is looked for are the mailboxes of the mails themselves, from their headers and from lines such
as `Signed-off-by`. Attachments are what was attached, octet by octet, and are left out here; so are
addresses of the hub, and of unions, which show them on their sites themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.founding import founding, samplemail
from solicomm_build.features.search import index as search
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.testing import smallhub

CORPUS = Path(__file__).parents[3] / "shared/corpora/linux-man-2000.mbox.xz"
_SIGNED = re.compile(r"(?m)^[A-Z][a-z-]+-by:.*<([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>\s*$")


def mailboxes(raws: Iterable[bytes]) -> set[bytes]:
    """Everybody whose address a mail has, in lower case."""
    found: set[str] = set()
    for raw in raws:
        message = parse(raw)
        for boxes in (message.from_, message.sender, message.reply_to, message.to, message.cc):
            found |= {box.addr_spec for box in boxes}
        found |= set(_SIGNED.findall(message.text))
    return {one.lower().encode() for one in found if re.fullmatch(r"[^@\s]+@[\w.-]+\.\w+", one)}


def build(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build()
        assert report.failures == []
        assert builder.contents is not None
        search.update(hub, builder.contents, settle=True)
    finally:
        builder.close()


def published(hub: Config) -> Iterator[tuple[str, bytes]]:
    """Every file that others can read, unpacked, but for attachments."""
    attached: set[str] = set()
    for path in sorted(hub.conferences.glob("*.git")):
        with Reader(open_repo(path)) as reader:
            entries = reader.tree(MAIN, recursive=True)
            for entry, blob in zip(entries, reader.blobs(one.oid for one in entries), strict=True):
                if entry.path.startswith("files/"):
                    attached.add(hashlib.sha256(blob).hexdigest())
                else:
                    yield f"{path.stem}: {entry.path}", blob
        yield f"{path.stem}: log", open_repo(path).git("log", "--format=%an %ae %cn %ce%n%B")
    for path in sorted(hub.public.rglob("*")):
        if path.is_file():
            octets = path.read_bytes()
            if hashlib.sha256(octets).hexdigest() in attached:
                continue
            octets = {".br": brotli.decompress, ".gz": gzip.decompress}.get(
                path.suffix, lambda same: same
            )(octets)
            if hashlib.sha256(octets).hexdigest() not in attached:
                yield path.relative_to(hub.root).as_posix(), octets


def shown(hub: Config, people: set[bytes]) -> dict[str, set[bytes]]:
    """Where addresses stand open, by file. Message-IDs only look like addresses."""
    domain = re.compile(rb"@([\w.-]+)")
    ends = {one.rpartition(b"@")[2] for one in people}
    found: dict[str, set[bytes]] = {}
    for name, octets in published(hub):
        text = octets.lower()
        for written, meant in ((b"%40", b"@"), (b"&#64;", b"@"), (b"%3c", b"<"), (b"%3e", b">")):
            text = text.replace(written, meant)
        if not any(match[1].rstrip(b".") in ends for match in domain.finditer(text)):
            continue
        candidates = set(re.findall(rb"[\w.+=%!-]+@[\w-]+(?:\.[\w-]+)+", text))
        if here := candidates & people:
            found[name] = here
    return found


def test_the_sample_hub_shows_nobodys_address(tmp_path: Path) -> None:
    hub = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=True)
    mails = list(samplemail._sample(hub))
    spool = Spool(hub.spool_in)
    for conference, raw in mails:
        spool.put([samplemail.item(hub, conference, raw)])
    ingest(hub, once=True, log=maillog.to_nobody())
    build(hub)
    people = {
        one for one in mailboxes(raw for _, raw in mails) if not one.endswith(b"@hub.example")
    }
    own = b"".join(
        open_repo(path).git("grep", "-ahI", "@", MAIN) for path in sorted(hub.unions.glob("*.git"))
    ).lower()
    people = {one for one in people if one not in own}
    assert people
    assert sum(b"<article" in octets for _, octets in published(hub)) > 20
    assert shown(hub, people) == {}


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real mail of ../shared/corpora is not here")
def test_real_mail_shows_nobodys_address(tmp_path: Path) -> None:
    hub = replace(smallhub.make(tmp_path / "hub"), name="Hub")
    run_import(hub, "bar", [CORPUS])
    build(hub)
    with lzma.open(CORPUS) as file:
        raws = re.split(rb"(?m)^From mboxrd@z .*\n", file.read())[1:]
    people = mailboxes(raws)
    assert len(people) > 100
    assert shown(hub, people) == {}
