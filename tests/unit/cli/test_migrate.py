"""`solicomm migrate` and `solicomm member confirm`: whole moves, as operators make them."""

from __future__ import annotations

import gzip
import pickle
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post import conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.killing import killed

Run = Callable[..., Result]
DATA = Path(__file__).parents[2] / "data" / "foreign"
BOX = b"""\
From ana at union.example Tue Mar 10 10:00:00 2020
From: Ana <ana@union.example>
Message-ID: <one@union.example>
Date: Tue, 10 Mar 2020 10:00:00 +0000
Subject: Pipes

They leak.

From ben at union.example Wed Mar 11 10:00:00 2020
From: Ben <ben@union.example>
Message-ID: <two@union.example>
In-Reply-To: <one@union.example>
Date: Wed, 11 Mar 2020 10:00:00 +0000
Subject: Re: Pipes

They do.

"""
VALUES = {
    "members": {"ana@union.example": 0, "ben@union.example": 0},
    "digest_members": {},
    "usernames": {"ana@union.example": "Ana"},
    "user_options": {},
    "language": {"ana@union.example": "es"},
    "delivery_status": {},
    "real_name": "Water",
    "host_name": "old.example",
    "owner": ["olga@union.example"],
    "preferred_language": "es",
    "archive": True,
    "advertised": True,
    "subject_prefix": "[W] ",
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Config:
    from solicomm_build.foundation.hub import hubyaml

    root = tmp_path / "hub"
    assert run("init", root, "--domain", smallhub.DOMAIN).exit_code == 0
    monkeypatch.setenv("SOLICOMM_HUB", str(root))
    return hubyaml.load(root)


@pytest.fixture
def mailman(tmp_path: Path) -> Path:
    """Mailman's folder with the list `water`."""
    root = tmp_path / "mailman"
    (root / "lists" / "water").mkdir(parents=True)
    (root / "lists" / "water" / "config.pck").write_bytes(pickle.dumps(VALUES, 1))
    box = root / "archives" / "private" / "water.mbox"
    box.mkdir(parents=True)
    (box / "water.mbox").write_bytes(BOX)
    return root


def refs(hub: Config) -> list[str | None]:
    repos = [hub.roster_repo, hub.mail_repo, *sorted(hub.conferences.glob("*.git"))]
    return [open_repo(path).ref() for path in repos]


def nobody_is_mailed(hub: Config, run: Run) -> None:
    for stage in ("ingest", "desk", "deliver"):
        assert run(stage, "--once").exit_code == 0
    assert list(Spool(hub.spool_out).pending()) == []
    assert not (hub.root / "spool" / "sink.mbox").exists()


def test_a_list_of_mailman_2_moves_with_everything(hub: Config, mailman: Path, run: Run) -> None:
    done = run("migrate", "mailman2", mailman)
    assert done.exit_code == 0, done.output
    for word in (
        "Mailman 2: water@old.example, here water",
        "members: 2 new, 2 of them unconfirmed",
        "1 owners and moderators",
        "archive: 2 messages, 2 new posts",
        "subject_prefix '[W]'",
        "solicomm member confirm water",
        "old addresses:",
    ):
        assert word in done.output
    assert run("member", "list", "water").output.splitlines() == [
        "Ana <ana@union.example> (unconfirmed)",
        "ben@union.example (unconfirmed)",
        "olga@union.example (host, not subscribed)",
    ]
    nobody_is_mailed(hub, run)
    hubs.build(hub)
    first = run("migrate", "redirects", "--nginx", hub.root / "n", "--caddy", hub.root / "c")
    assert first.exit_code == 0, first.output
    target = f"/conferences/water/t/{hubs.mid('one')}/#{hubs.mid('two')}"
    assert f'"/pipermail/water/2020-March/000001.html" "{target}";' in (hub.root / "n").read_text()
    assert f'"{target}"' in (hub.root / "c").read_text()


def test_dates_come_from_the_mail_and_commits_say_import(
    hub: Config, mailman: Path, run: Run
) -> None:
    run("migrate", "mailman2", mailman)
    repo = open_repo(hub.conference_repo("water"))
    tip = repo.ref()
    assert tip is not None
    made = list(log.commits(repo, None, tip))
    assert [one.trailer("Source") for one in made[1:]] == ["import"] * (len(made) - 1)
    assert [one.committed.year for one in made if one.trailer("Message")] == [2020, 2020]


def test_again_changes_nothing(hub: Config, mailman: Path, run: Run) -> None:
    run("migrate", "mailman2", mailman)
    before = refs(hub)
    again = run("migrate", "mailman2", mailman)
    assert again.exit_code == 0
    assert "taken before" in again.output
    assert "0 new posts, 2 known before" in again.output
    assert refs(hub) == before


def test_it_begins_again_what_was_killed_before_its_first_commit(
    hub: Config, mailman: Path, run: Run
) -> None:
    words = ["migrate", "mailman2", str(mailman)]
    assert killed(lambda: main(words, standalone_mode=False), "place.created:1")
    done = run(*words)
    assert (done.exit_code, done.stderr) == (0, "")


def test_settings_are_there_from_the_first_commit_on(hub: Config, mailman: Path, run: Run) -> None:
    values = {**VALUES, "reply_goes_to_list": 1, "require_explicit_destination": 0}
    (mailman / "lists" / "water" / "config.pck").write_bytes(pickle.dumps(values, 1))
    run("migrate", "mailman2", mailman)
    repo = open_repo(hub.conference_repo("water"))
    first = repo.git("rev-list", "--max-parents=0", "main").decode().strip()
    begun = repo.git("show", f"{first}:conference.yaml")
    assert begun == repo.git("show", "main:conference.yaml")
    assert b"reply_to: list" in begun


def test_a_dry_run_writes_nothing(hub: Config, mailman: Path, run: Run) -> None:
    before = refs(hub)
    done = run("migrate", "mailman2", mailman, "--dry-run")
    assert "Would be taken" in done.output
    assert refs(hub) == before


def test_a_pickle_that_calls_the_shell_moves_nothing(
    hub: Config, mailman: Path, run: Run, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    wicked = f"cos\nsystem\n(S'touch {mark}'\ntR.".encode()
    (mailman / "lists" / "water" / "config.pck").write_bytes(wicked)
    before = refs(hub)
    done = run("migrate", "mailman2", mailman)
    assert done.exit_code == 65
    assert "it wants os.system. Nothing in it was carried out" in done.output
    assert not mark.exists()
    assert refs(hub) == before


def test_consent_and_another_id(hub: Config, mailman: Path, run: Run) -> None:
    done = run("migrate", "mailman2", mailman, "--as", "agua", "--consent", "told by mail")
    assert "members: 2 new, 0 of them unconfirmed" in done.output
    assert run("member", "list", "agua").output.splitlines() == [
        "Ana <ana@union.example>",
        "ben@union.example",
        "olga@union.example (host, not subscribed)",
    ]
    assert run("migrate", "mailman2", mailman, "--as", "No!").exit_code == 64


def test_confirm_by_mail_or_by_statement(hub: Config, mailman: Path, run: Run) -> None:
    run("migrate", "mailman2", mailman, "--no-archive")
    asked = run("member", "confirm", "water")
    assert "2 of 2 unconfirmed members of water are asked by mail" in asked.output
    again = run("member", "confirm", "water").output
    assert "0 of 2 unconfirmed members of water are asked by mail" in again
    assert "; 2 were asked today already" in again
    assert len(list(Spool(hub.spool_out).pending())) >= 1
    stated = run("member", "confirm", "water", "--consent", "branch meeting of 3 May")
    assert "2 members of water are confirmed" in stated.output
    assert "ben@union.example" in run("member", "list", "water").output
    assert run("member", "confirm", "fire", "--consent", "x").exit_code == 66


def test_settings_of_a_list_that_is_here_stay_unless_asked(
    hub: Config, mailman: Path, run: Run
) -> None:
    assert run("new", "list", "water", "--title", "Ours").exit_code == 0
    run("migrate", "mailman2", mailman)
    repo = open_repo(hub.conference_repo("water"))
    assert b"Ours" in repo.git("show", "main:conference.yaml")
    run("migrate", "mailman2", mailman, "--settings")
    assert b"Ours" not in repo.git("show", "main:conference.yaml")


def test_held_mail_is_put_where_the_operator_finds_it(hub: Config, mailman: Path, run: Run) -> None:
    (mailman / "data").mkdir()
    (mailman / "data" / "heldmsg-water-1.txt").write_bytes(b"Subject: x\n\nFrom here on\n")
    done = run("migrate", "mailman2", mailman)
    file = hub.private / "migration" / "water-held.mbox"
    assert f"held mail: 1 messages, in {file}" in done.output
    assert b"\n>From here on\n" in file.read_bytes()
    assert "1 new posts" in run("import", "water", file).output
    file.unlink()
    again = run("migrate", "mailman2", mailman)
    assert "held mail: 1 messages, brought before" in again.output
    assert "takes held mail" not in again.output
    assert not file.exists()


def test_mailman_3_with_hyperkittys_mbox(hub: Config, run: Run, tmp_path: Path) -> None:
    base = tmp_path / "mailman.db"
    with closing(sqlite3.connect(base)) as db:
        db.executescript((DATA / "mailman3.sql").read_text("utf-8"))
        db.execute("UPDATE mailinglist SET archive_policy=2")
        db.commit()
    (tmp_path / "water.mbox").write_bytes(BOX)
    done = run("migrate", "mailman3", base, "--archive", tmp_path / "water.mbox")
    assert done.exit_code == 0, done.output
    assert "members: 5 new, 4 of them unconfirmed; 1 got no mail there" in done.output
    nobody_is_mailed(hub, run)
    hubs.build(hub)
    from solicomm_build.web.redirects import OldAddresses

    old = f"/hyperkitty/list/water@lists.example.org/message/{hubs.mid('two').upper()}/"
    page = f"/conferences/water/t/{hubs.mid('one')}/#{hubs.mid('two')}"
    assert OldAddresses(hub).find(old) == page


def test_mlmmj_sympa_and_groups_io(hub: Config, run: Run, tmp_path: Path) -> None:
    spool = tmp_path / "fire"
    for name in ("control", "subscribers.d", "archive"):
        (spool / name).mkdir(parents=True)
    (spool / "control" / "listaddress").write_text("fire@old.example\n")
    (spool / "subscribers.d" / "a").write_text("ana@union.example\n")
    (spool / "archive" / "1").write_bytes(b"From: a@b.example\nMessage-ID: <1@b>\n\nHi\n")
    done = run("migrate", "mlmmj", spool)
    assert "1 new posts" in done.output, done.output
    sympa = tmp_path / "earth"
    sympa.mkdir()
    (sympa / "config").write_text("subject Earth\n")
    (sympa / "review.txt").write_text("ana@union.example\n")
    done = run("migrate", "sympa", sympa)
    assert "members: 1 new" in done.output, done.output
    with zipfile.ZipFile(tmp_path / "air.zip", "w") as archive:
        archive.writestr("members.csv", "Email\nana@union.example\n")
        archive.writestr("air.mbox", BOX)
    done = run("migrate", "groupsio", tmp_path / "air.zip")
    assert "2 new posts" in done.output, done.output
    assert list(hub.state.glob("migrate-*")) == [], "what was unpacked is gone"


def test_without_a_name_the_lists_are_told(hub: Config, mailman: Path, run: Run) -> None:
    (mailman / "lists" / "fire").mkdir()
    (mailman / "lists" / "fire" / "config.pck").write_bytes(pickle.dumps(VALUES, 1))
    done = run("migrate", "mailman2", mailman)
    assert done.exit_code == 64
    assert "The lists there: fire, water" in done.output
    assert run("migrate", "redirects").exit_code == 64


def test_a_broken_line_of_100000_is_named_and_nobody_is_taken(
    hub: Config, run: Run, tmp_path: Path
) -> None:
    run("new", "list", "big")
    lines = [f"M{n} <m{n}@union.example>" for n in range(100_000)]
    lines[77_776] = "M <m at union.example>"
    (tmp_path / "members.txt").write_text("\n".join(lines))
    before = refs(hub)
    done = run("member", "import", "big", tmp_path / "members.txt")
    assert done.exit_code == 65
    assert "members.txt, line 77777: 'M <m at union.example>' is not an address" in done.output
    assert refs(hub) == before


def _visibility(hub: Config, name: str) -> tuple[str, str, bool]:
    with Reader(open_repo(hub.conference_repo(name))) as reader:
        found = conference.decode(reader.at("refs/heads/main", conference.FILE) or b"")
    return found.visibility, found.robots, found.redact_origin


def test_what_does_not_say_that_it_is_public_comes_in_for_members(
    hub: Config, run: Run, tmp_path: Path
) -> None:
    takeout = tmp_path / "takeout.zip"
    with zipfile.ZipFile(takeout, "w") as archive:
        archive.writestr("Takeout/Groups/fire/topics.mbox", BOX)
    spool = tmp_path / "docks"
    (spool / "control").mkdir(parents=True)
    (spool / "control" / "listaddress").write_text("docks@old.example\n")
    (spool / "subscribers.d").mkdir()
    (spool / "subscribers.d" / "a").write_text("ana@union.example\n")
    dry = run("migrate", "googlegroups", takeout, "--as", "fire", "--dry-run")
    assert "visibility members" in dry.output
    assert "does not say who may read" in dry.output
    assert run("migrate", "googlegroups", takeout, "--as", "fire").exit_code == 0
    assert run("migrate", "mlmmj", spool, "--as", "docks").exit_code == 0
    hubs.build(hub)
    for name in ("fire", "docks"):
        assert _visibility(hub, name) == ("members", "noindex", True), name
        assert not (hub.public / "conferences" / name).exists()


def test_an_archive_that_is_cut_off_is_not_called_well(
    hub: Config, mailman: Path, run: Run, tmp_path: Path
) -> None:
    """It ended with 0, and who reads no list of rows deleted the old server then."""
    box = tmp_path / "water.mbox.gz"
    box.write_bytes(gzip.compress(BOX)[:-12])
    words = ("migrate", "mailman2", mailman, "--archive", box)
    told = run(*words)
    assert told.exit_code == 65
    assert "0 set aside, 1 not taken" in told.output
    assert "not taken: water.mbox.gz, after message " in told.output
    assert "run this again" in told.stderr
    assert "migrate mailman2" in run("audit").output, "members came all the same"
    box.write_bytes(gzip.compress(BOX))
    assert run(*words).exit_code == 0


def test_what_of_a_maildir_stays_behind_is_said(
    hub: Config, mailman: Path, run: Run, tmp_path: Path
) -> None:
    """Nobody knew that a folder was not read; and what its owner had deleted became posts."""
    box = tmp_path / "box"
    for folder in (box / "cur", box / "new", box / ".2019" / "cur"):
        folder.mkdir(parents=True)
    raw = b"From: ana@union.example\nDate: Wed, 4 Mar 2020 07:00:00 +0000\nSubject: private\n"
    (box / "cur" / "1.x:2,S").write_bytes(raw + b"Message-ID: <1@a.example>\n\nhello\n")
    (box / "cur" / "2.x:2,ST").write_bytes(raw + b"Message-ID: <2@a.example>\n\nsecret\n")
    told = run("migrate", "mailman2", mailman, "--archive", box)
    assert told.exit_code == 0
    assert "archive: 2 messages, 1 new posts" in told.output
    assert f"Not read: what is below {box}: .2019" in told.output
    assert "Left out: 1 messages that were deleted" in told.output
    told = run("import", "water", box)
    assert told.exit_code == 0
    assert "2 messages: 0 new posts, 1 known before" in told.output
    assert "Left out: 1 messages that were deleted" in told.stderr
