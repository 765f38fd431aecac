"""Backups by `restic`, the one module that runs it: over sftp, into S3, or wherever else it knows.

    sftp:you@backup.example:/srv/hub     s3:https://s3.example/bucket     restic:<any repository>

The hub as of one moment is laid out by hard links in `state/backup/view`, and restic packs, seals
and sends what is new of it. Its password is the hub's one key (key.py), which it reads from the
file: never in a command line or an environment. For S3 it takes what `~/.aws/credentials` of the
hub's user says. Why restic: docs/adr/0044-backups.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from solicomm_build.features.backup import keeping, making, moment
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup.errors import BackupError, is_away
from solicomm_build.features.backup.key import Key
from solicomm_build.features.backup.making import Made
from solicomm_build.features.backup.place import Snapshot
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub import backups
from solicomm_build.foundation.hub.config import Config

SCHEMES = ("restic", "sftp", "s3")
SECRETS = Path("/etc/solicomm/backup.env")
"""Where a timer's backup finds the variables that hold a password, for root alone."""
_PASSWORD = re.compile(r"://[^/@:\s]*:[^/\s]*@")
_FACTS = ".solicomm-backup.json"
_TAG = "solicomm"
_SSH = "subprocess ssh: "
"""How restic begins a line of ssh's."""
_NO_REPOSITORY, _LOCKED, _WRONG_PASSWORD = 10, 11, 12
"""Exit codes of restic (its manual, Scripting)."""


def no_password(place: str) -> None:
    """Raises BackupError, without the place, when a password stands in the address of it: whoever
    lists processes or reads the units of systemd would see it."""
    if _PASSWORD.search(place):
        raise BackupError(
            "a password stands in the address, where everybody on this machine can read it. Leave "
            "name and password out of the address, and give RESTIC_REST_USERNAME and "
            f"RESTIC_REST_PASSWORD in the environment; for a timer in {SECRETS}, which root alone "
            "may read (chmod 600)"
        )


def make(config: Config, place: str) -> Made:
    """Backs the hub up into a repository of restic, which is made when it is not there and was not
    before. Raises BackupError. Blocking."""
    key = keys.of_hub(config)
    with _opened(place, key) as run:
        if run.code("cat", "config") == _NO_REPOSITORY:
            if backups.is_known(config, place):
                raise is_away(place)
            run("init")
        return making.again(lambda moved: _once(config, run, moved))


def _once(config: Config, run: _Restic, moved: bool) -> Made:
    view = config.state / "backup" / moment.VIEW
    with moment.of_hub(config, moment.everything if moved else moment.nothing) as found:
        now = clock.now()
        shutil.rmtree(view, ignore_errors=True)
        try:
            _lay_out(found, view)
            facts = json.dumps(making.facts(config, found, now)).encode()
            (view / _FACTS).write_bytes(facts)
            stamp = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            words = ("--host", config.domain, "--tag", _TAG, "--time", stamp)
            told = run(
                "backup", "--json", "--ignore-inode", "--ignore-ctime", *words, ".", cwd=view
            )
        finally:
            shutil.rmtree(view, ignore_errors=True)
    done = json.loads(told.splitlines()[-1])
    periods = ["--keep-within", "1d", "--keep-within-daily", f"{keeping.DAYS}d"]
    periods += ["--keep-within-weekly", f"{7 * keeping.WEEKS}d"]  # not so many: so long at most
    if timekeeping.is_sure(config.state):
        group = ("--host", config.domain, "--tag", _TAG, "--group-by", "host")
        run("forget", *group, "--prune", *periods)
    name = str(done["snapshot_id"])[:8]
    return Made(name, now, len(found.files), int(done["data_added"]), 0)


def _lay_out(found: moment.Moment, view: Path) -> None:
    view.mkdir(mode=0o700, parents=True)
    for name, _ in found.folders:
        (view / name).mkdir(mode=0o700)
    for file in found.files:
        try:
            os.link(file.source, view / file.path)
        except FileNotFoundError as error:
            raise moment.Moved from error
        except OSError:
            shutil.copy2(file.source, view / file.path)
    for name, target in found.links:
        (view / name).symlink_to(target)
    for name, mode in reversed(found.folders):
        (view / name).chmod(mode)


def snapshots(place: str, key: Key) -> list[Snapshot]:
    """All backups of SoliComm there, the oldest first. Raises BackupError."""
    with _opened(place, key) as run:
        rows = json.loads(run("snapshots", "--json", "--tag", _TAG))
        found = [Snapshot(row["id"], _time(row["time"])) for row in rows]
        return sorted(found, key=lambda one: one.at)


def unpack(place: str, key: Key, snapshot: Snapshot, half: Path) -> dict[str, Any]:
    """Puts the files of a backup into a folder, and says what the backup says. Raises
    BackupError."""
    with _opened(place, key) as run:
        run("restore", snapshot.name, "--target", str(half))
    try:
        facts: dict[str, Any] = json.loads((half / _FACTS).read_bytes())
    except (FileNotFoundError, ValueError) as error:
        raise BackupError(f"{place}: {snapshot.name} is no backup of SoliComm") from error
    (half / _FACTS).unlink()
    return facts


def files(place: str, key: Key, snapshot: Snapshot, folder: str) -> dict[str, bytes]:
    """The small files of a backup below a folder, by path. Raises BackupError."""
    with _opened(place, key) as run, tempfile.TemporaryDirectory(prefix="solicomm-") as there:
        run("restore", snapshot.name, "--target", there, "--include", f"/{folder.rstrip('/')}")
        found = [one for one in (Path(there) / folder).rglob("*") if one.is_file()]
        return {one.relative_to(there).as_posix(): one.read_bytes() for one in found}


def check(place: str, key: Key) -> None:
    """Reads and proves every octet there. Raises BackupError."""
    with _opened(place, key) as run:
        run("check", "--read-data")


class _Restic:
    """restic on one repository."""

    def __init__(self, place: str, password: Path) -> None:
        self._place, self._password = place, password

    def __call__(self, *words: str, cwd: Path | None = None) -> str:
        """What a command says. Raises BackupError with its last words."""
        done = self._run(words, cwd)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise BackupError(f"{self._place}: {_why(done.returncode, said, self._place)}")
        return done.stdout

    def code(self, *words: str) -> int:
        """How a command ends."""
        return self._run(words, None).returncode

    def _run(self, words: tuple[str, ...], cwd: Path | None) -> subprocess.CompletedProcess[str]:
        program = shutil.which("restic")
        if program is None:
            raise BackupError(
                f"{self._place} needs restic: apt install restic. A folder needs nothing"
            )
        place = self._place.removeprefix("restic:")
        fixed = ("-r", place, "--password-file", str(self._password), "--no-cache", "--quiet")
        return subprocess.run(
            [program, *words, *fixed],
            cwd=cwd,
            env=os.environ | {"TZ": "UTC"},  # it reads `--time` as the machine's own
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@contextlib.contextmanager
def _opened(place: str, key: Key) -> Iterator[_Restic]:
    no_password(place)
    with tempfile.TemporaryDirectory(prefix="solicomm-key-") as folder:
        password = Path(folder) / "key"
        password.touch(mode=0o600)
        password.write_text(key.secret, "ascii")
        yield _Restic(place, password)


def _why(code: int, said: list[str], place: str) -> str:
    if code == _WRONG_PASSWORD:
        return "it is sealed for another key. Name the right one: --key FILE"
    if code == _NO_REPOSITORY:
        return "there is no repository of restic. `solicomm backup` makes one"
    if code == _LOCKED:
        return "somebody else is at work there. Wait; `restic unlock` ends what a cut left"
    words = said[-1] if said else f"restic ended with {code}"
    with contextlib.suppress(ValueError, KeyError, TypeError):
        words = json.loads(words)["message"]
    if place.startswith("sftp:") and "sftp session" in words:
        ssh = [line.removeprefix(_SSH) for line in said if line.startswith(_SSH)]
        return (
            f"{f'ssh says: {ssh[-1]}' if ssh else f'restic says: {words}'}. The hub's user needs a "
            "key that the other machine lets in, and has to know that machine: try `ssh YOU@HOST` "
            "as that user, and see `solicomm docs howto/operator`, Backup"
        )
    return f"restic says: {words}"


def _time(text: str) -> datetime:
    return (
        datetime.fromisoformat(text[:19] + "+00:00")
        if text.endswith("Z")
        else datetime.fromisoformat(text)
    )
