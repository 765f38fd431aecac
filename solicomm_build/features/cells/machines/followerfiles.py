"""What makes a machine a follower of others: a folder for repositories, what the key of the others
may do here by ssh, and units, that of nightly snapshots among them where there is a store for them.
The files are those of deploy/cluster, for this user and folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from solicomm_build.foundation import data, safeio
from solicomm_build.foundation.errors import HubError

USER, FOLDER = "solicomm", "/srv/git"
PROGRAM, HUB = "/srv/solicomm/app/.venv/bin/solicomm", "/srv/solicomm/hub"
"""What stands in the files of deploy/cluster."""
ALLOWED = "etc/solicomm/followers"
_UNITS = "etc/systemd/system"
_NAMES = {
    "follower-shell": "usr/local/lib/solicomm/follower-shell",
    "sshd.conf": "etc/ssh/sshd_config.d/solicomm.conf",
    "solicomm-cluster.conf": f"{_UNITS}/solicomm.service.d/cluster.conf",
    "solicomm-follower-gc.service": f"{_UNITS}/solicomm-follower-gc.service",
    "solicomm-follower-gc.timer": f"{_UNITS}/solicomm-follower-gc.timer",
}
_SNAPSHOTS = {
    name: f"{_UNITS}/{name}" for name in ("solicomm-snapshot.service", "solicomm-snapshot.timer")
}
_FIRST_PERSON = 1000
_NO_SHELL = ("nologin", "false")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A follower as it is to be: the hub's user, the folder, and the line of the key of the others
    (`private/keys/cluster.pub`). `hub` is the hub's folder where it puts snapshots into a store,
    else None."""

    user: str
    folder: str
    key: str
    hub: Path | None = None

    @property
    def names(self) -> dict[str, str]:
        """The files, by what they are called in deploy/cluster."""
        return _NAMES | (_SNAPSHOTS if self.hub else {})

    @property
    def timers(self) -> list[str]:
        """Which of them have to be begun."""
        return [name for name in self.names if name.endswith(".timer")]

    @property
    def is_of_system(self) -> bool:
        """Whether the user is one for a service, and nobody's own (Debian Policy 9.2.2)."""
        return 0 < pwd.getpwnam(self.user).pw_uid < _FIRST_PERSON

    def files(self) -> dict[str, str]:
        """What they say, by path without the first slash."""
        shipped = data.folder("deploy") / "cluster"
        found = {
            path: self._for((shipped / name).read_text("utf-8"))
            for name, path in self.names.items()
        }
        return found | {ALLOWED: f"{self.key.strip()}\n"}

    def _for(self, text: str) -> str:
        for was, now in self._other():
            text = text.replace(was, now)
        return text

    def _other(self) -> list[tuple[str, str]]:
        """What is other here than the files of deploy/cluster say."""
        said = (
            (f"User={USER}\n", f"User={self.user}\n"),
            (f"Match User {USER}\n", f"Match User {self.user}\n"),
            (FOLDER, self.folder),
            (PROGRAM, str(Path(sys.executable).parent / "solicomm")),
            (HUB, str(self.hub or HUB)),
        )
        return [(was, now) for was, now in said if was != now]

    def _edits(self, path: Path, target: str) -> list[str]:
        """How a copy of a file is made that of this machine, if it has to be."""
        text = path.read_text("utf-8")
        edits = [
            f"-e 's|{was.rstrip()}{'$' if was.endswith(chr(10)) else ''}|{now.rstrip()}|'"
            for was, now in self._other()
            if was in text
        ]
        return [f"sed -i {' '.join(edits)} /{target}"] if edits else []

    def by_hand(self) -> list[str]:
        """What to do as root in place of `install`, a line each."""
        shipped = data.folder("deploy") / "cluster"
        return [
            f"install -d -m 700 -o {self.user} {self.folder}",
            *(f"install -D {shipped / name} /{path}" for name, path in self.names.items()),
            *chain(*(self._edits(shipped / name, path) for name, path in self.names.items())),
            f"put this line into /{ALLOWED}: {self.key.strip()}",
            f"usermod --shell /bin/sh {self.user}",
            "systemctl daemon-reload && systemctl reload ssh",
            f"systemctl enable --now {' '.join(self.timers)}",
        ]


def install(wanted: Wanted, top: Path = Path("/")) -> list[Path]:
    """Puts folder and files where they belong, as root; those that changed. Raises HubError."""
    changed: list[Path] = []
    try:
        _folder(wanted, top)
        for name, text in wanted.files().items():
            path = top / name
            if not path.is_file() or path.read_text("utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                mode = 0o755 if text.startswith("#!") else 0o644
                safeio.write_atomic(path, text.encode(), mode=mode)
                changed.append(path)
    except OSError as error:
        raise HubError(f"{error.filename}: {error.strerror}. Do this as root") from error
    return changed


def activate(wanted: Wanted) -> list[str]:
    """Has sshd and systemd know of it, and gives the user a shell, which sshd needs to run what it
    may run; what could not be done, a sentence each."""
    said: list[str] = []
    if pwd.getpwnam(wanted.user).pw_shell.endswith(_NO_SHELL):
        said += _run(["usermod", "--shell", "/bin/sh", wanted.user])
    if Path("/run/systemd/system").is_dir():
        said += _run(["systemctl", "daemon-reload"])
        said += _run(["systemctl", "enable", "--now", "--quiet", *wanted.timers])
    if shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        said.append("there is no sshd here: apt-get install openssh-server")
    elif Path("/run/systemd/system").is_dir():
        said += _run(["systemctl", "reload-or-restart", "ssh"])
    return said


def _folder(wanted: Wanted, top: Path) -> None:
    path = top / wanted.folder.lstrip("/")
    user = pwd.getpwnam(wanted.user)
    if not path.is_dir():
        path.mkdir(parents=True, mode=0o700)
        os.chown(path, user.pw_uid, user.pw_gid)


def _run(words: Sequence[str]) -> list[str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    return [f"`{' '.join(words)}` failed: {done.stderr.strip() or done.returncode}"]
