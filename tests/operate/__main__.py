"""`make operate`: `solicomm setup` on a bare Debian, with a world around it that looks at it.

    python -m tests.operate [FOLDER] [--stay] [--server caddy|nginx|none] [--no-cuts]
                            [--world plain|six|home]

FOLDER (`build/walk`) keeps what was fetched; `make walk` uses the same, and with SUITE=bookworm in
the environment another one is a Debian 12. The program is installed as its how-to says, answers are
in a file, and the machine loses its power at several places of setup, all its processes at once.
Then mail goes in and out, pages come by https, the certificate is renewed while somebody is
connected, setup changes nothing any more, and is undone.
In the world are two mail servers of others, Exim and Postfix, that judge what comes. `--world six`
speaks IPv6 alone; `home` is behind a router that lets nothing out to port 25, so that mail goes by
a provider, who wants a password.
Needs root, mmdebstrap, iproute2 and, for `home`, iptables; minutes and 3 GB of disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.operate import foreign, proofs
from tests.operate.setting import Setting
from tests.walk.machine import SCRIPT, Machine
from tests.walk.world import World

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "python3",
    "python3-venv",
    "ca-certificates",
    "git",
    "make",
    "sudo",
    "curl",
    "certbot",
    "postfix",
    "dovecot-imapd",
    "dovecot-lmtpd",
    "dovecot-sieve",
    "dovecot-managesieved",
    "caddy",
    "nginx",
    "restic",
    "libsasl2-modules",
    "faketime",
]
CUTS = (
    "packages",
    "hub",
    "unions",
    "records",
    "postfix",
    "dovecot",
    "service",
    "web",
    "certificate",
    "backups",
)
"""Steps in the middle of which the power is cut, each once."""


def main(words: list[str]) -> int:
    """Sets up and proves; 1 when anything was not as it should be."""
    server = words[words.index("--server") + 1] if "--server" in words else "caddy"
    kind = words[words.index("--world") + 1] if "--world" in words else "plain"
    named = [word for word in words[:1] if not word.startswith("-")]
    folder = Path(named[0] if named else ROOT / "build" / "walk").resolve()
    begun = time.monotonic()
    subprocess.run([SCRIPT, "make", folder, *PACKAGES], check=True)
    foreign.install(folder / "world")
    fresh, source = folder / "now", folder / "world" / "srv" / "source.git"
    for old in (fresh, source):
        shutil.rmtree(old, ignore_errors=True)
    subprocess.run(["cp", "-a", folder / "machine", fresh], check=True)
    clone = ["git", "clone", "-q", "--bare", "--no-hardlinks", ROOT, source]
    subprocess.run(clone, check=True)
    world = World(folder / "world", six=kind == "six")
    setting = Setting(Machine(fresh), world, server, kind, stays="--stay" in words)
    print(f"made in {time.monotonic() - begun:.0f} s", flush=True)
    try:
        setting.begin()
        setting.install()
        setting.set_up(() if "--no-cuts" in words else CUTS)
        for prove in proofs.ALL:
            setting.step(prove)
    finally:
        setting.machine.stop()
        setting.world.stop()
        if setting.router is not None:
            setting.router.stop()
    print("\n".join(f"FAULT      {fault}" for fault in setting.faults) or "no faults")
    return 1 if setting.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
