"""A hub is backed up while it works, and comes back whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.courier import home
from solicomm_build.features.backup import (
    bringing,
    checks,
    engines,
    keeping,
    making,
    moment,
    place,
    restic,
    verifying,
)
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.key import Key
from solicomm_build.features.backup.place import Snapshot
from solicomm_build.features.checks import delivery
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import backups, hubyaml, modes, ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import maintenance
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import grants, persons, rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

_YAML = (
    "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    "delivery: relay\nrelay: {host: 127.0.0.1, port: 25}\n"
)
_PASSED = ("state", "public", "previews", "mirrors", "mta")


def _silent(_done: int, _whole: int) -> None:
    return None


def _send(hub: Config, *numbers: int) -> None:
    raws = [mail(f"text {one}", msgid=f"{one}@union.example") for one in numbers]
    Spool(hub.spool_in).put([item(raw, "bar@hub.example") for raw in raws])


def _take(hub: Config) -> None:
    ingest(hub, once=True, log=maillog.to_nobody())


def _posts(hub: Config) -> int:
    told = open_repo(hub.conference_repo("bar")).git("ls-tree", "-r", "--name-only", "main")
    return sum(b"/posts/" in line for line in told.splitlines())


def _picture(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file that a backup promises, with its mode and octets."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in _PASSED or path.name in ("solicomm.turn", "backups.json"):
            continue
        if (
            path.suffix == ".lock"
            or path.name.startswith(".")
            or path.name.endswith(("-wal", "-shm"))
        ):
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        is_file = stat.S_ISREG(path.lstat().st_mode)
        found[name] = (mode, path.read_bytes() if is_file else b"")
    return found


def _made(root: Path) -> Config:
    hub = smallhub.make(root)
    (root / "hub.yaml").write_text(_YAML)
    _send(hub, 1, 2)
    _take(hub)
    _send(hub, 3)
    (hub.private / "sub").mkdir(mode=0o750)
    (hub.private / "sub" / "list.txt").write_text("who")
    (hub.private / "sub" / "list.txt").chmod(0o640)
    with sqlite3.connect(hub.private / "x.sqlite") as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (a)")
        db.execute("INSERT INTO t VALUES (7)")
    (root / "plugins").mkdir()
    (root / "plugins" / "link").symlink_to("../hub.yaml")
    hub = hubyaml.load(root)
    modes.close(hub)
    return hub


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A hub that nothing here changes."""
    return _made(tmp_path_factory.mktemp("original") / "hub")


@pytest.fixture
def hub(original: Config, tmp_path: Path) -> Config:
    """A copy of it."""
    shutil.copytree(original.root, tmp_path / "hub", symlinks=True)
    return hubyaml.load(tmp_path / "hub")


def _back(hub: Config, where: Path, folder: Path, as_of: datetime | None = None) -> Config:
    return engines.bring(str(where), keys.of_hub(hub), folder, as_of, _silent).config


def test_a_restored_hub_has_the_same_files_and_modes(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    before = _picture(hub.root)
    back = _back(hub, tmp_path / "b", tmp_path / "back")
    found = _picture(back.root)
    assert found.pop("private/x.sqlite")[0] == before.pop("private/x.sqlite")[0]
    assert found | {"spool/out": before["spool/out"]} == before
    assert os.readlink(back.root / "plugins" / "link") == "../hub.yaml"
    with sqlite3.connect(back.private / "x.sqlite") as db:
        assert db.execute("SELECT a FROM t").fetchall() == [(7,)]
    _take(back)
    assert _posts(back) == 3


@pytest.mark.parametrize("called", [".home", ".tmp", ".Work.tmp", ".Work.lock"])
def test_a_folder_of_mail_comes_back_whatever_its_owner_called_it(
    hub: Config, tmp_path: Path, called: str
) -> None:
    inner = Path("private", "maildirs", "hub.example", "ana", called, "cur", "1.a.here,S=4:2,S")
    (hub.root / inner).parent.mkdir(parents=True)
    (hub.root / inner).write_text("Mail")
    making.make(hub, tmp_path / "b")
    assert (_back(hub, tmp_path / "b", tmp_path / "back").root / inner).read_text() == "Mail"


@pytest.mark.parametrize("scheme", ["", "restic:"])
def test_a_name_that_is_no_utf_8_comes_back(hub: Config, tmp_path: Path, scheme: str) -> None:
    """One such file, as out of an old archive, ended every backup with a trace."""
    (hub.root / "brand").mkdir()
    odd = Path("brand", os.fsdecode(b"gr\xfc\xdfe.png"))
    (hub.root / odd).write_bytes(b"picture")
    (hub.root / "brand" / os.fsdecode(b"\xe9")).symlink_to(odd.name)
    (hub.root / os.fsdecode(b"f\xf6lder")).mkdir()
    where = f"{scheme}{tmp_path / 'b'}"
    if scheme and shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    for _ in range(2):
        engines.make(hub, where, _silent)
    back = engines.bring(where, keys.of_hub(hub), tmp_path / "back", None, _silent).config.root
    assert (back / "brand" / os.fsdecode(b"\xe9")).read_bytes() == b"picture"
    assert (back / os.fsdecode(b"f\xf6lder")).is_dir()


def test_verify_compares_with_the_hub_and_leaves_nothing(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    _take(hub)
    with verifying.aside(hub) as folder:
        back = engines.bring(str(tmp_path / "b"), keys.of_hub(hub), folder, None, _silent)
        found = verifying.look(back.config, back.facts["repositories"], hub)
    assert (found.repositories, found.posts) == (4, 2)
    assert set(found.changed) == {"content/conferences/bar.git", "private/mail.git"}
    assert not list((hub.state / "backup").glob("verify-*"))


def test_a_role_given_in_the_moment_of_a_backup_is_no_damage(tmp_path: Path) -> None:
    founding.found_hub(tmp_path / "hub", name="New", domain="hub.example", sample=False)
    hub = hubyaml.load(tmp_path / "hub")
    now = clock.now()
    given = [
        rosterevents.member(1, "op@elsewhere.example", at=now, consent=Consent("owner")),
        rosterevents.person(1, persons.mint(), at=now),
        rosterevents.role(HUB, 1, "host", at=now, by="operator"),
    ]
    smallhub.add_events(hub, given)
    assert grants.faults(hub), "nobody has made a fact of it"
    making.make(hub, tmp_path / "b")
    count = len(list(moment.repositories_of(hub.root)))
    found = verifying.look(_back(hub, tmp_path / "b", tmp_path / "back"), count, hub)
    assert (found.same, found.changed) == (count, ())


def test_a_second_backup_writes_what_is_new_alone(hub: Config, tmp_path: Path) -> None:
    first = making.make(hub, tmp_path / "b")
    again = making.make(hub, tmp_path / "b")
    assert first.fresh > 1000
    assert again.fresh == 0
    assert again.files == first.files
    (hub.private / "sub" / "list.txt").write_text("who else")
    assert making.make(hub, tmp_path / "b").fresh == len("who else")


def test_a_restored_hub_mails_nobody_even_in_its_old_place(hub: Config, tmp_path: Path) -> None:
    home.settle(hub)
    making.make(hub, tmp_path / "b")
    shutil.rmtree(hub.root / "spool")
    key = keys.of_hub(hub)
    shutil.rmtree(hub.root)
    back = engines.bring(str(tmp_path / "b"), key, hub.root, None, _silent).config
    assert not home.is_home(back)
    assert home.is_elsewhere(back)
    assert _said(delivery.home(replace(back, delivery="sink"))) == [
        "nobody is mailed from here; with `delivery: relay` it takes `solicomm deliver --here`, too"
    ]
    home.settle(back)
    assert home.is_home(back)
    assert _said(delivery.home(replace(back, delivery="sink"))) == ["nobody is mailed from here"]


def test_a_first_backup_is_overdue_only_once_it_was_waited_for(hub: Config) -> None:
    now = clock.now()
    backups.note(hub, "/b", at=None, every=timedelta(days=1))
    one = backups.read(hub)[0]
    assert not backups.is_overdue(one, now)
    assert backups.is_overdue(one, now + timedelta(days=3))
    backups.note(hub, "/b", at=now - timedelta(days=30), every=None)
    assert not backups.is_overdue(backups.read(hub)[0], now), "it was named just now"
    backups.note(hub, "/c", at=now - timedelta(days=30), every=None)
    assert backups.is_overdue(backups.read(hub)[1], now)
    backups.restored(hub)
    assert [backups.is_overdue(one, now) for one in backups.read(hub)] == [False, False]
    assert backups.is_overdue(replace(one, since=None), now), "notes of before say no more"


def test_of_the_place_it_came_from_a_restored_hub_says_none_since(
    hub: Config, tmp_path: Path
) -> None:
    where = str(tmp_path / "b")
    backups.note(hub, where, at=None, every=None)
    making.make(hub, tmp_path / "b")
    back = engines.bring(where, keys.of_hub(hub), tmp_path / "back", None, _silent).config
    assert _said(checks.look(back)) == [f"none into {where} since this hub was restored"]
    backups.note(back, where, at=None, every=None)
    assert backups.read(back)[0].restored, "begun is not made"
    backups.note(back, where, at=clock.now(), every=None)
    assert [one.startswith(where) for one in _said(checks.look(back))] == [True]


def _said(found: Iterable[Finding]) -> list[str]:
    return [one.what for one in found]


def test_mail_that_is_taken_during_a_backup_is_in_it_once(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = moment._refs, []

    def refs(repositories: list[Path]) -> dict[Path, bytes]:
        calls.append(1)
        if len(calls) == 1:
            _take(hub)
        return real(repositories)

    monkeypatch.setattr(moment, "_refs", refs)
    making.make(hub, tmp_path / "b")
    assert len(calls) == 3  # it moved, so it was looked at once more, and stood
    back = _back(hub, tmp_path / "b", tmp_path / "back")
    assert not list(back.spool_in.glob("*.mail"))
    assert _posts(back) == 3


def test_a_hub_that_never_rests_loses_no_mail_in_its_backup(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = moment._refs, []

    def refs(repositories: list[Path]) -> dict[Path, bytes]:
        calls.append(1)
        _take(hub)
        _send(hub, 100 + len(calls))
        return real(repositories)

    monkeypatch.setattr(moment, "_refs", refs)
    monkeypatch.setattr(moment, "_TRIES", 3)
    making.make(hub, tmp_path / "b")
    newest = place.opened(tmp_path / "b", keys.of_hub(hub))
    assert newest.read(newest.snapshots()[-1])["at_rest"] is False
    back = _back(hub, tmp_path / "b", tmp_path / "back")
    _take(back)
    assert _posts(back) >= 3 + 2  # all that were sent before the last look began


def test_packs_that_git_takes_away_meanwhile_are_read_anew(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = moment._taken, []

    def taken(config: Config, held: moment._Held) -> moment.Moment:
        found = real(config, held)
        calls.append(1)
        if len(calls) == 1:
            for path in moment.repositories_of(hub.root):
                maintenance.purge(open_repo(path))
        return found

    monkeypatch.setattr(moment, "_taken", taken)
    making.make(hub, tmp_path / "b")
    assert len(calls) == 2
    back = _back(hub, tmp_path / "b", tmp_path / "back")
    assert verifying.look(back, 4, None).posts == 2


class _Cut(BaseException):
    """The power goes."""


def _cut_at(monkeypatch: pytest.MonkeyPatch, where: object, name: str, nth: int) -> list[int]:
    """The power goes at the nth call, halfway."""
    real: Callable[..., object] = getattr(where, name)
    calls: list[int] = []

    def cut(*words: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == nth:
            raise _Cut
        return real(*words, **more)

    monkeypatch.setattr(where, name, cut)
    return calls


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_a_backup_that_is_cut_leaves_the_older_ones_and_the_next_works(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    first = making.make(hub, tmp_path / "b")
    _take(hub)
    with monkeypatch.context() as patch:
        _cut_at(patch, os, "replace", nth)
        with pytest.raises(_Cut):
            making.make(hub, tmp_path / "b")
    key = keys.of_hub(hub)
    assert [one.name for one in place.opened(tmp_path / "b", key).snapshots()] == [first.name]
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "one")) == 2
    making.make(hub, tmp_path / "b")
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "two")) == 3


@pytest.mark.parametrize(("name", "nth"), [("fsync", 3), ("rename", 1), ("rename", 4)])
def test_a_restore_that_is_cut_is_no_hub_and_begins_again(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> None:
    making.make(hub, tmp_path / "b")
    with monkeypatch.context() as patch:
        _cut_at(patch, os, name, nth)
        with pytest.raises(_Cut):
            _back(hub, tmp_path / "b", tmp_path / "back")
    assert not (tmp_path / "back" / "hub.yaml").exists()
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "back")) == 2


def test_nothing_is_restored_over_what_is_there(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    with pytest.raises(UsageError, match="is not empty"):
        _back(hub, tmp_path / "b", tmp_path / "mine")
    assert (tmp_path / "mine" / "letter").exists()


def _largest(where: Path) -> Path:
    return max(where.glob("pieces/*/*"), key=lambda one: one.stat().st_size)


def _flip(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)


def _swap(path: Path) -> None:
    other = next(one for one in path.parents[1].glob("*/*") if one != path)
    shutil.copyfile(other, path)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_flip, "is damaged"),
        (Path.unlink, "is missing"),
        (_swap, "is not the piece"),
        (lambda path: path.write_bytes(b""), "is damaged"),
    ],
)
def test_a_damaged_piece_is_named_and_mended_by_the_next_backup(
    hub: Config, tmp_path: Path, harm: Callable[[Path], object], words: str
) -> None:
    making.make(hub, tmp_path / "b")
    path = _largest(tmp_path / "b")
    harm(path)
    with pytest.raises(BackupError, match=words) as raised:
        _back(hub, tmp_path / "b", tmp_path / "back")
    assert str(path) in raised.value.public
    path.unlink(missing_ok=True)
    making.make(hub, tmp_path / "b")
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "back")) == 2


def test_a_damaged_or_renamed_snapshot_is_named(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    (path,) = (tmp_path / "b" / "snapshots").iterdir()
    younger = path.rename(path.with_name("20250101T000000Z.age"))
    with pytest.raises(BackupError, match="was not written"):
        _back(hub, tmp_path / "b", tmp_path / "back")
    _flip(younger)
    with pytest.raises(BackupError, match="is damaged"):
        _back(hub, tmp_path / "b", tmp_path / "back")
    younger.unlink()
    with pytest.raises(BackupError, match="has no backup yet"):
        _back(hub, tmp_path / "b", tmp_path / "back")


def _other_key() -> Key:
    import pyrage

    return keys.read(str(pyrage.x25519.Identity.generate()), "a test")


def test_a_wrong_key_is_told_from_the_right_one(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    right, wrong = keys.of_hub(hub), _other_key()
    with pytest.raises(BackupError) as raised:
        engines.bring(str(tmp_path / "b"), wrong, tmp_path / "back", None, _silent)
    assert right.recipient in raised.value.public
    assert wrong.recipient in raised.value.public
    with pytest.raises(BackupError, match="--key FILE") as raised:
        engines.key_asked(str(tmp_path / "b"), None)
    assert right.recipient in raised.value.public
    (tmp_path / "no.key").write_text("# nothing\n")
    with pytest.raises(BackupError, match="holds no key"):
        keys.of_file(tmp_path / "no.key")
    (tmp_path / "a.key").write_text(f"# created: today\n{right.secret}\n")
    assert keys.of_file(tmp_path / "a.key") == right


def test_nobody_can_read_a_backup_without_the_key(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    octets = b"".join(one.read_bytes() for one in (tmp_path / "b").rglob("*") if one.is_file())
    assert b"union.example" not in octets
    assert b"text 3" not in octets
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE(keys.path_of(hub).stat().st_mode) == 0o600


def _holding_other(hub: Config, where: Path) -> None:
    making.make(hub, where)
    about = json.loads((where / "backup.json").read_text())
    (where / "backup.json").write_text(json.dumps(about | {"hub": "other.example"}))


def _of_tomorrow(hub: Config, where: Path) -> None:
    making.make(hub, where)
    about = json.loads((where / "backup.json").read_text())
    (where / "backup.json").write_text(json.dumps(about | {"schema": "solicomm/backup@2"}))


def _something(_hub: Config, where: Path) -> None:
    where.mkdir()
    (where / "letter").touch()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_holding_other, "holds backups of other.example"),
        (_of_tomorrow, "does not know"),
        (_something, "is not empty"),
        (lambda _hub, where: where.write_text(""), "File exists|Not a directory"),
    ],
)
def test_a_place_that_is_something_else_is_left_alone(
    hub: Config, tmp_path: Path, harm: Callable[[Config, Path], object], words: str
) -> None:
    harm(hub, tmp_path / "b")
    before = sorted(tmp_path.glob("b/**/*"))
    with pytest.raises(BackupError, match=words):
        making.make(hub, tmp_path / "b")
    assert sorted(tmp_path.glob("b/**/*")) == before


def test_a_place_that_may_not_be_written_says_as_whom_the_command_runs(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **_more: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    user, key = ownership.name_of(os.geteuid()), keys.of_hub(hub)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(BackupError, match=f"runs as {user}. Mount it with -o uid={user}"):
        place.begun(tmp_path / "b", key, hub.domain)


def test_a_place_within_the_hub_is_refused(hub: Config) -> None:
    with pytest.raises(UsageError, match="lies in the hub itself"):
        making.make(hub, hub.root / "backups")


def test_a_backup_of_a_newer_program_is_refused_by_an_older(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "__version__", "99.1.0")
    making.make(hub, tmp_path / "b")
    with pytest.raises(BackupError, match=r"made by SoliComm 99\.1\.0.*Install"):
        _back(hub, tmp_path / "b", tmp_path / "back")


def test_a_full_disk_is_said_and_the_older_backups_stay(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.make(hub, tmp_path / "b")
    _take(hub)
    with monkeypatch.context() as patch:

        def full(*_words: object, **_more: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(safeio, "write_atomic", full)
        with pytest.raises(BackupError, match="the disk is full"):
            making.make(hub, tmp_path / "b")
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "back")) == 2


def test_backups_into_two_places_at_once_are_both_whole(hub: Config, tmp_path: Path) -> None:
    places = [tmp_path / "one", tmp_path / "two"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda where: making.make(hub, where), places))
    for number, where in enumerate(places):
        assert _posts(_back(hub, where, tmp_path / f"back{number}")) == 2


def test_two_backups_into_one_place_do_not_meet(hub: Config, tmp_path: Path) -> None:
    making.make(hub, tmp_path / "b")
    with (
        place.opened(tmp_path / "b", keys.of_hub(hub)).writing(),
        pytest.raises(BackupError, match="another backup"),
    ):
        making.make(hub, tmp_path / "b")


def test_as_of_takes_the_newest_of_that_day_or_before() -> None:
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (20, 21, 22)]
    all_ = [Snapshot(f"{one:%Y%m%d}", one) for one in days]
    assert bringing.chosen(all_, "b", bringing.moment("2026-11-21")) == all_[1]
    assert bringing.chosen(all_, "b", bringing.moment("2026-11-21T11:00")) == all_[0]
    assert bringing.chosen(all_, "b", bringing.moment("")) == all_[2]
    with pytest.raises(BackupError, match="The oldest is of 2026-11-20"):
        bringing.chosen(all_, "b", bringing.moment("2026-11-19"))
    with pytest.raises(UsageError, match="write a day"):
        bringing.moment("yesterday")


def test_one_of_a_clock_that_was_ahead_is_not_taken_for_the_newest(
    hub: Config, tmp_path: Path
) -> None:
    now = clock.now()
    with clock.fixed(now + timedelta(days=900)):
        making.make(hub, tmp_path / "b")
    _send(hub, 4)
    _take(hub)
    with clock.fixed(now + timedelta(hours=1)):
        real = making.make(hub, tmp_path / "b")
        with pytest.raises(BackupError, match=r"a time to come.+say which: --as-of"):
            _back(hub, tmp_path / "b", tmp_path / "back")
        assert not (tmp_path / "back").exists()
        assert _posts(_back(hub, tmp_path / "b", tmp_path / "back", real.at)) == 4
    with clock.fixed(now + timedelta(days=1000)):  # it is of the past by then
        assert _posts(_back(hub, tmp_path / "b", tmp_path / "later")) == 2


def test_a_backup_of_a_time_to_come_goes_eight_weeks_after_it_is_seen(
    hub: Config, tmp_path: Path
) -> None:
    """It outlived what was erased from the hub, until that time and eight weeks more."""
    now, place = clock.now(), tmp_path / "b"

    def names() -> list[str]:
        return [path.stem for path in sorted((place / "snapshots").iterdir())]

    with clock.fixed(now + timedelta(days=900)):
        ahead = making.make(hub, place)
    os.utime(place / "snapshots" / f"{ahead.name}.age", (now.timestamp() + 9e7,) * 2)
    for days, is_there in ((0, True), (30, True), (55, True), (58, False)):
        with clock.fixed(now + timedelta(days=days)):
            made = making.make(hub, place)
        assert (ahead.name in names()) is is_there, days
        assert made.name in names()


def test_what_was_erased_is_in_no_backup_after_eight_weeks() -> None:
    now = datetime(2026, 11, 28, 4, tzinfo=UTC)
    all_ = [Snapshot(str(one), now - timedelta(hours=6 * one)) for one in range(600, -1, -1)]
    staying = [one for one in all_ if one not in set(keeping.too_old(all_, now))]
    assert staying[-1] == all_[-1]
    assert now - staying[0].at < timedelta(weeks=8)
    assert 20 < len(staying) < 30
    assert keeping.too_old(all_[:1], now) == []


def test_old_backups_go_with_what_they_alone_had(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.make(hub, tmp_path / "b")
    piece = keys.of_hub(hub).name(b"who")
    where = place.opened(tmp_path / "b", keys.of_hub(hub))
    assert where.has(piece)
    (hub.private / "sub" / "list.txt").unlink()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(weeks=9))
    assert making.make(hub, tmp_path / "b").gone == 1
    assert not where.has(piece)
    assert _posts(_back(hub, tmp_path / "b", tmp_path / "back")) == 2


@pytest.mark.skipif(
    shutil.which("restic") is None or shutil.which("ssh") is None, reason="needs restic and ssh"
)
def test_a_machine_that_lets_nobody_in_by_ssh_is_said_with_what_to_do(hub: Config) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        place = f"sftp://you@127.0.0.1:{taken.getsockname()[1]}/hub"
        with pytest.raises(BackupError, match=r"try `ssh YOU@HOST` as that user"):
            restic.make(hub, place)


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_keeps_the_same_and_tells_a_wrong_key(hub: Config, tmp_path: Path) -> None:
    where = f"restic:{tmp_path / 'r'}"
    before = _picture(hub.root)
    restic.make(hub, where)
    _take(hub)
    restic.make(hub, where)
    key = keys.of_hub(hub)
    first, _second = restic.snapshots(where, key)
    back = engines.bring(where, key, tmp_path / "back", first.at, _silent)
    found = _picture(back.config.root)
    assert found.pop("private/keys/backup.age") == (0o600, f"{key.secret}\n".encode())
    assert found.pop("private/x.sqlite")[0] == before.pop("private/x.sqlite")[0]
    assert found | {"spool/out": before["spool/out"]} == before
    with pytest.raises(BackupError, match="sealed for another key"):
        restic.snapshots(where, _other_key())
    with pytest.raises(BackupError, match="no repository of restic"):
        restic.snapshots(f"restic:{tmp_path / 'nothing'}", key)


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_forgets_after_eight_weeks_and_says_when_it_was_wherever_the_machine_is(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One a week was kept for fourteen, and times were off by as much as the machine's zone."""
    monkeypatch.setenv("TZ", "America/Lima")
    where, now = f"restic:{tmp_path / 'r'}", clock.now().replace(microsecond=0)
    for weeks in (9, 7, 0):
        then = now - timedelta(weeks=weeks)
        monkeypatch.setattr(clock, "now", lambda then=then: then)
        restic.make(hub, where)
    found = [one.at for one in restic.snapshots(where, keys.of_hub(hub))]
    assert found == [now - timedelta(weeks=7), now]


@pytest.mark.parametrize("user", ["user", ""])
def test_a_password_in_the_address_is_refused_and_not_repeated(hub: Config, user: str) -> None:
    where = f"restic:rest:https://{user}:PASS@backup.example/hub"
    for words in (["backup", where], ["backup", where, "--every", "day"]):
        ran = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
        assert ran.exit_code != 0
        assert "RESTIC_REST_PASSWORD" in ran.output
        assert "PASS@" not in ran.output
    assert not (hub.private / "backups.json").exists()
    with pytest.raises(BackupError, match="chmod 600"):
        restic.snapshots(where, _other_key())
    for fits in ("restic:rest:https://user@b.example:8000/hub", "sftp:you@b.example:/hub"):
        engines.no_password(fits)


def test_without_restic_it_is_said_what_to_install(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(BackupError, match="apt install restic"):
        restic.make(hub, "sftp:you@backup.example:/hub")


def test_check_says_that_there_is_no_backup_or_an_old_one(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def levels() -> list[str]:
        return [one.level for one in checks.look(hub)]

    assert levels() == ["warning"]
    assert not list(checks.WATCHED[0].look(hub))
    backups.note(hub, "/b", at=clock.now(), every=timedelta(days=1))
    assert levels() == ["fine"]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=3))
    assert levels() == ["warning"]
    assert [one.about for one in checks.WATCHED[0].look(hub)] == ["/b"]
    assert backups.forget(hub, "/b")
    assert not backups.forget(hub, "/b")
