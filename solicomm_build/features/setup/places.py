"""Where things of a hub lie on a machine, and how its own commands are run there."""

from __future__ import annotations

import sys
from pathlib import Path

from solicomm_build.features.setup.machine import Ended, Machine

HOME = "/srv/solicomm"
HUB = f"{HOME}/hub"
TLS = f"{HOME}/tls"
ZONE = f"{HOME}/zone.txt"
"""The DNS records to publish, as a zone file."""
USER = "solicomm"
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
