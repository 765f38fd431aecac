"""Where things of a hub lie on a machine, and how its own commands are run there."""

from __future__ import annotations

import sys
from pathlib import Path

from solicomm_build.features.setup.machine import HOME, USER, Ended, Machine

HUB = f"{HOME}/hub"
OWN = "/etc/solicomm"
"""Root's own: the hub's user reads there what its group may read, and changes nothing."""
TLS = f"{OWN}/tls"
ZONE = f"{OWN}/zone.txt"
"""The DNS records to publish, as a zone file."""
LINK = "/usr/local/bin/solicomm"
UNITS = "/etc/systemd/system"
CERTIFICATE, KEY = f"{TLS}/fullchain.pem", f"{TLS}/privkey.pem"


def program() -> Path:
    """The command `solicomm` of the installation that runs."""
    return Path(sys.prefix) / "bin" / "solicomm"


def tries(machine: Machine, *words: str, typed: str = "") -> Ended:
    """Runs a command of ours on the hub; it becomes the hub's user by itself."""
    return machine.tries(str(program()), *words, "--hub", HUB, typed=typed)


def must(machine: Machine, *words: str, typed: str = "") -> str:
    """The same; it has to end well."""
    return machine.must(str(program()), *words, "--hub", HUB, typed=typed)


def certify(machine: Machine, certificate: str, key: str) -> None:
    """Puts a certificate and its key where the servers look: root's, read by the hub's group."""
    machine.must("install", "-d", "-o", "root", "-g", USER, "-m", "750", str(machine.path(TLS)))
    for file, text in ((KEY, key), (CERTIFICATE, certificate)):
        machine.write(file, text, mode=0o640, group=machine.user()[1])
