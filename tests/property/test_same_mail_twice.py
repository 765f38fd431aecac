"""However often and in whatever portions the same mail comes, it is one post; and none is lost."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.post import post
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

CONFERENCES = ("bar", "pub")

MAILS = st.builds(
    lambda msgid, text, root, relayed: (
        ("Received: from a by b; Wed, 04 Mar 2026 07:00:00 +0000\r\n" if relayed else "").encode()
        + mail(text, *([f"References: <{root}@x.example>"] if root else []), msgid=msgid)
    ),
    st.sampled_from(["<1@x.example>", "<2@x.example>", "no brackets", None]),
    st.sampled_from(["yes", "no"]),
    st.sampled_from(["", "1", "2"]),
    st.booleans(),
)
ARRIVALS = st.lists(
    st.lists(
        st.tuples(MAILS, st.lists(st.sampled_from(CONFERENCES), min_size=1, max_size=2)),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=3,
)


def _identity(raw: bytes) -> tuple[bytes, ...]:
    """What makes two of these mails the same: all but how they travelled."""
    return tuple(line for line in raw.split(b"\r\n") if not line.startswith(b"Received:"))


def _take_in(hub: Config, arrivals: list[list[tuple[bytes, list[str]]]]) -> None:
    spool = Spool(hub.spool_in)
    for portion in arrivals:
        spool.put([item(raw, *(f"{c}@hub.example" for c in to)) for raw, to in portion])
        ingest(hub, once=True, log=maillog.to_nobody())


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(ARRIVALS)
def test_the_same_mail_twice_is_one_post(arrivals: list[list[tuple[bytes, list[str]]]]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        made = [Conference(name, {"en": name}, posting="open") for name in CONFERENCES]
        hub = smallhub.make(root / "hub", *made)
        _take_in(hub, arrivals)
        repos = [
            open_repo(hub.mail_repo),
            *(open_repo(hub.conference_repo(c)) for c in CONFERENCES),
        ]
        tips = [repo.ref() for repo in repos]
        for name in CONFERENCES:
            came = {_identity(raw) for part in arrivals for raw, to in part if name in to}
            posts = smallhub.files(hub.conference_repo(name), "topics")
            mids = [path.rpartition("/")[2] for path in posts]
            assert len(posts) == len(set(mids)) == len(came)
            for path, blob in posts.items():
                assert post.decode(blob).mid + ".md" == path.rpartition("/")[2]
        _take_in(hub, [[one for part in reversed(arrivals) for one in part]])
        archive = root / "again.mbox"
        archive.write_bytes(
            b"".join(
                b"From x Thu Jan  1 00:00:00 1970\n" + raw.replace(b"\r\n", b"\n") + b"\n"
                for part in arrivals
                for raw, to in part
                if "bar" in to
            )
        )
        report = run_import(hub, "bar", [archive])
        assert report.posts == 0
        assert [repo.ref() for repo in repos] == tips
        assert fsck.check(hub) == []
    finally:
        shutil.rmtree(root)
