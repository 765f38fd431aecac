"""The key with which a hub's machines push to each other, and the keys of the hosts that they
believe: `private/keys/cluster` and `cluster_known_hosts`, the same on all."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError

KEY, KNOWN = "cluster", "cluster_known_hosts"
_PATIENCE = 10.0


def public(keys: Path) -> str:
    """The line for `/etc/solicomm/followers` of each machine; makes the key if there is none.
    Raises HubError."""
    path = keys / KEY
    if not path.exists():
        _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "solicomm", "-f", str(path)])
    return path.with_name(f"{KEY}.pub").read_text("ascii").strip()


def meet(keys: Path, hosts: Sequence[str], port: int) -> dict[str, str]:
    """Asks each host for its key that is not known yet, and believes what it says: the fingerprint
    of each, empty for one that does not answer. Who looks after them compares."""
    path = keys / KNOWN
    known = path.read_text("utf-8") if path.exists() else ""
    lines, found = [known] if known else [], dict[str, str]()
    for host in hosts:
        called = host if port == 22 else f"[{host}]:{port}"
        if any(line.split(" ")[0] == called for line in known.splitlines()):
            continue
        words = ["ssh-keyscan", "-T", "3", "-t", "ed25519", "-p", str(port), host]
        try:
            said = _run(words).strip()
        except HubError:
            said = ""
        found[host] = ""
        if said:
            lines.append(f"{said}\n")
            found[host] = _run(["ssh-keygen", "-lf", "-"], said).split(" ")[1]
    safeio.write_atomic(path, "".join(lines).encode(), mode=0o600)
    return found


def _run(words: Sequence[str], typed: str = "") -> str:
    try:
        done = subprocess.run(
            words, input=typed, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HubError(
            f"{words[0]} did not work: {error}. apt-get install openssh-client"
        ) from error
    if done.returncode:
        raise HubError(f"{words[0]} did not work: {done.stderr.strip()}")
    return done.stdout
