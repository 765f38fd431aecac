"""An independent implementation of git reads what ours writes."""

from __future__ import annotations

from datetime import datetime

from dulwich.objects import Commit
from dulwich.repo import Repo as Dulwich

from solicomm_build.git import maintenance
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer


def test_dulwich_reads_the_same_history(bare: Repo, at: datetime) -> None:
    with Writer(bare) as writer:
        for number in range(20):
            changes = [Change(f"a/b{number}", b"text %d" % number)]
            writer.commit(changes, author_name="Ána", when=at, message=f"Mail {number}\n")
            if number % 7 == 0:
                writer.checkpoint()
    maintenance.run(bare)
    with Dulwich(str(bare.path)) as other:
        assert other.refs[b"refs/heads/main"].decode() == bare.ref()
        commits = [entry.commit for entry in other.get_walker(reverse=True)]
        assert [commit.message for commit in commits] == [b"Mail %d\n" % n for n in range(20)]
        last = commits[-1]
        assert isinstance(last, Commit)
        assert last.author == "Ána <member@users.hub.invalid>".encode()
        assert (last.commit_time, last.commit_timezone) == (int(at.timestamp()), 0)
        assert {path for path, _mode, _id in other[last.tree].items()} == {b"a"}
