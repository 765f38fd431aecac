"""The list of a stick's files, `SHA256SUMS`, and its signature: what `sha256sum -c` and
`ssh-keygen -Y verify` read, so that nobody needs this program to look whether a stick is sound.

    SHA256SUMS        a line a file: SHA-256 in hex, two spaces, the path
    SHA256SUMS.sig    the hub's signature of it (PROTOCOL.sshsig of OpenSSH)
    _stick/signers    the hub's public key, as ssh-keygen wants it (`ALLOWED SIGNERS`)
    _stick/writing    lines of files that are in their places already, while the stick is written
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

from solicomm_build.builder.carrying import putting
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.identity import Identity

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
OWN = "_stick"
SIGNERS = f"{OWN}/signers"
WRITING = f"{OWN}/writing"
NAMESPACE = "solicomm-stick"
UNLISTED = frozenset({SUMS, SIGNATURE, SIGNERS, WRITING})
"""What stands in no list: the list itself, and what proves it."""
MOST = 256 * 1024 * 1024
"""Octets of a list: a million files."""

_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]{1,1000})")
_CHUNK = 1 << 20


def encode(files: Mapping[str, str]) -> bytes:
    """The list of files: SHA-256 in hex by path."""
    return "".join(f"{sha}  {name}\n" for name, sha in sorted(files.items())).encode("utf-8")


def decode(blob: bytes, file: str = SUMS) -> dict[str, str]:
    """What a list says. Raises ContentError for a line that is none, or leads out of the folder."""
    found = dict[str, str]()
    for number, octets in enumerate(io.BytesIO(blob), 1):  # one line at a time: it may be long
        line = octets.decode("utf-8", "replace").removesuffix("\n")
        if not line:
            continue
        read = _LINE.fullmatch(line)
        if read is None or not putting.is_within(read[2]):
            raise ContentError(
                "the line is not a sum and a path in this folder",
                file=file,
                line=number,
                remedy="Have the stick written again: solicomm stick DIR",
            )
        found[read[2]] = read[1]
    return found


def read(folder: Path) -> dict[str, str]:
    """The list of a stick; empty when there is none. Raises ContentError."""
    path = folder / SUMS
    if not path.is_file():
        return {}
    if path.stat().st_size > MOST:
        raise ContentError("the list is too long", file=SUMS, remedy="It is not of a stick of ours")
    return decode(path.read_bytes())


def begun(folder: Path) -> dict[str, str]:
    """What a run that was broken off had put in its place, as far as it is whole: those files are
    read, since a stick that is pulled out has names of files before their octets."""
    path = folder / WRITING
    if not path.is_file():
        return {}
    lines = path.read_bytes().rpartition(b"\n")[0]
    try:
        said = decode(lines, WRITING)
    except ContentError:
        return {}
    return whole(folder, said)


def whole(folder: Path, said: Mapping[str, str]) -> dict[str, str]:
    """The files of a list that are as it says, each of them read."""
    return {name: sha for name, sha in said.items() if hashed(folder / name) == sha}


def write(folder: Path, files: Mapping[str, str], identity: Identity) -> bool:
    """Makes the list that of these files, signed and durable; whether anything was written."""
    blob = encode(files)
    signers = f'{identity.id} namespaces="{NAMESPACE}" {identity.public}\n'.encode()
    signed = identity.sign(blob, NAMESPACE).encode()
    is_new = False
    for name, wanted in ((SIGNERS, signers), (SUMS, blob), (SIGNATURE, signed)):
        path = folder / name
        if not path.is_file() or path.read_bytes() != wanted:
            putting.put(os.fspath(path), wanted, durable=True)
            is_new = True
    (folder / WRITING).unlink(missing_ok=True)
    return is_new


def signer(folder: Path) -> str:
    """The public key that signed the stick's list. Raises ContentError when it was changed since,
    or is not signed."""
    remedy = "Do not trust what is on it; have it written anew"
    try:
        blob, armoured = (folder / SUMS).read_bytes(), (folder / SIGNATURE).read_bytes()
    except OSError as error:
        fault = "the stick's list of files or its signature is not there"
        raise ContentError(fault, file=SUMS, remedy=remedy) from error
    try:
        return sshsig.verify(blob, armoured.decode("ascii", "replace"), NAMESPACE)
    except ContentError as error:
        fault = "the list of files was changed after it was signed"
        raise ContentError(fault, file=SUMS, remedy=remedy) from error


def hashed(path: Path) -> str:
    """The SHA-256 of a file in hex; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
