"""Backups without anybody: a service and a timer of systemd, written by root alone."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.backup import engines, restic
from solicomm_build.features.backup.errors import BackupError

EVERY: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
"""What `--every` takes."""
_CALENDAR = {"hour": "hourly", "day": "daily", "week": "weekly"}
_FOLDER = Path("/etc/systemd/system")
NAME = "solicomm-backup"

_SERVICE = """\
# Written by `solicomm backup --every`; run that again to change it.
[Unit]
Description=SoliComm hub: a backup
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User={user}
EnvironmentFile=-{secrets}
ExecStart={command}
Nice=10
IOSchedulingClass=idle
UMask=0077
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome={home}
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
ReadWritePaths={writable}
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""

_TIMER = """\
# Written by `solicomm backup --every`; run that again to change it.
[Unit]
Description=SoliComm hub: a backup, {calendar}

[Timer]
OnCalendar={calendar}
RandomizedDelaySec={delay}
Persistent=yes

[Install]
WantedBy=timers.target
"""


def units(root: Path, where: str, every: str, user: str) -> dict[str, str]:
    """The files of systemd by name, for the hub at `root` that belongs to `user`."""
    command = [program(), "backup", where, "--hub", str(root)]
    folder = [where] if engines.is_folder(where) else []
    home = "no" if any(one.startswith("/home/") for one in (where, str(root))) else "read-only"
    service = _SERVICE.format(
        user=user,
        secrets=restic.SECRETS,
        command=shlex.join(command).replace("%", "%%"),
        writable=" ".join(f'"{one}"'.replace("%", "%%") for one in (str(root), *folder)),
        home=home,
    )
    delay = "5min" if every == "hour" else "30min"
    timer = _TIMER.format(calendar=_CALENDAR[every], delay=delay)
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def program() -> str:
    """Where `solicomm` lies, for who knows no PATH."""
    return str(Path(sys.executable).parent / "solicomm")


def lacks(root: Path, where: str, every: str) -> str:
    """What somebody who is not root is told."""
    line = f"@{_CALENDAR[every]} {program()} backup {where}"
    return (
        "root alone can set a timer. Write `sudo` before the command; or, without systemd, add this"
        f" line by `crontab -e`: {line} --hub {root}"
    )


def install(files: Mapping[str, str], folder: Path = _FOLDER) -> None:
    """Writes the units and starts the timer. Root only. Raises BackupError."""
    if not folder.is_dir():
        raise BackupError(f"{folder} is not there: this machine has no systemd. Use crontab")
    for name, text in files.items():
        (folder / name).write_text(text, "ascii", errors="surrogateescape")
    for words in (("daemon-reload",), ("enable", "--now", f"{NAME}.timer")):
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BackupError(
                f"systemctl {' '.join(words)}: {done.stderr.strip()}. The units are written: "
                f"systemctl enable --now {NAME}.timer"
            )


def instead_of(files: Mapping[str, str], folder: Path = _FOLDER) -> str:
    """What the timer that is there does, where these units would do something else; else empty."""
    try:
        before = (folder / f"{NAME}.service").read_text("ascii", errors="surrogateescape")
    except OSError:
        return ""
    there, wanted = _command(before), _command(files[f"{NAME}.service"])
    return there if there != wanted else ""


def _command(unit: str) -> str:
    lines = (line for line in unit.splitlines() if line.startswith(_DOES))
    return next(lines, "").removeprefix(_DOES)


_DOES = "ExecStart="


def is_root() -> bool:
    """Whether this may write units."""
    return os.geteuid() == 0
