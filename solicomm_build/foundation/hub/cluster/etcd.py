"""etcd, as much of it as a lease needs, by its JSON gateway.

Documented at etcd.io as "gRPC gateway": POST of JSON objects to `/v3/…`, keys and values in base64,
64-bit numbers as texts; in every etcd since 3.4. Each call goes to the members in turn until one
answers. Certificates, where they are needed, lie in `private/keys`: `etcd-ca.pem`, and for this
machine `etcd.pem` with `etcd.key`.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config

NODES, CELLS = "/nodes/", "/cells/"
"""Where in etcd the machines and the cells of a hub are; one etcd serves one hub."""
ROSTER = f"{CELLS}0/roster"
"""Where the roster and who may push stand, as the machine with cell 0 last said: their fences."""
ERASED = "/erased/"
"""Where each machine says which of the erasures that are open it has done in its own copy of the
hub: their ids, with `.again` as it notes them (features/privacy)."""
NOTHING: Mapping[str, str | None] = MappingProxyType({})
VERSION = "SoliComm/"
"""What the version of the program comes after in what a machine says of itself."""
CUTS = "cuts"
"""What it says after that when it goes by what is said of how cells are cut (cutting.py): no other
may be there while conferences go from cell to cell."""
_PATIENCE = 2.0  # seconds that one member gets at most


class EtcdError(HubError):
    """No member of the etcd answers, or those that do have no majority."""

    exit_code = 75  # EX_TEMPFAIL


@dataclass(frozen=True, slots=True)
class Row:
    """A key with its value; `revision` is that of its creation, which only grows."""

    key: str
    value: str
    revision: int
    lease: int


class Etcd:
    """The members at these addresses. Blocking; for one thread."""

    def __init__(self, members: Sequence[str], keys: Path, patience: float = _PATIENCE) -> None:
        """`keys` is the folder of the certificates, `patience` the seconds that a member gets."""
        self._members = list(members)
        self._keys, self._patience = keys, patience

    def grant(self, ttl: int) -> int:
        """A new lease of so many seconds; its number. Raises EtcdError, as all of these."""
        return int(self._ask("/v3/lease/grant", {"TTL": ttl})["ID"])

    def keep(self, lease: int) -> bool:
        """Has a lease begin anew; False when it has ended."""
        answer = self._ask("/v3/lease/keepalive", {"ID": str(lease)})
        return int(answer.get("result", {}).get("TTL", 0)) > 0

    def revoke(self, lease: int) -> None:
        """Ends a lease, and the keys that hang on it."""
        self._ask("/v3/lease/revoke", {"ID": str(lease)})

    def put_new(
        self, rows: Mapping[str, str], lease: int, *, while_so: Mapping[str, str | None] = NOTHING
    ) -> int | None:
        """Puts keys of which none is there, all or none; the revision, or None when one is, or when
        one of `while_so` says something else (None: it is not there)."""
        return self._put([_made(key, 0) for key in rows], while_so, rows, lease)

    def put_over(self, before: Row | None, key: str, value: str, owner: tuple[str, int]) -> bool:
        """Puts a key, which stays, in the place of what it was, while another one (key, revision)
        is as it was made then: who stood still since is refused, and hears False."""
        told = {key: before.value if before is not None else None}
        return self._put([_made(*owner)], told, {key: value}, 0) is not None

    def _put(
        self,
        compare: list[dict[str, str]],
        while_so: Mapping[str, str | None],
        rows: Mapping[str, str],
        lease: int,
    ) -> int | None:
        says = [
            {"key": _coded(key), "target": "VALUE", "value": _coded(value)}
            if value is not None
            else _made(key, 0)
            for key, value in while_so.items()
        ]
        puts = [
            {"requestPut": {"key": _coded(key), "value": _coded(value), "lease": str(lease)}}
            for key, value in rows.items()
        ]
        answer = self._ask("/v3/kv/txn", {"compare": [*compare, *says], "success": puts})
        return int(answer["header"]["revision"]) if answer.get("succeeded") else None

    def put(self, key: str, value: str, lease: int = 0) -> None:
        """Puts a key, whatever was there; without a lease it stays."""
        body = {"key": _coded(key), "value": _coded(value), "lease": str(lease)}
        self._ask("/v3/kv/put", body)

    def delete(self, key: str, revision: int) -> bool:
        """Takes a key away that was made in this revision; False when it is not there as such."""
        takes = [{"requestDeleteRange": {"key": _coded(key)}}]
        given = {"compare": [_made(key, revision)], "success": takes}
        return bool(self._ask("/v3/kv/txn", given).get("succeeded"))

    def below(self, prefix: str) -> dict[str, Row]:
        """The keys that begin so, as a majority knows them."""
        body = {"key": _coded(prefix), "range_end": _coded(prefix[:-1] + chr(ord(prefix[-1]) + 1))}
        rows = self._ask("/v3/kv/range", body).get("kvs", [])
        found = [
            Row(
                _plain(row["key"]),
                _plain(row.get("value", "")),
                int(row["create_revision"]),
                int(row.get("lease", 0)),
            )
            for row in rows
        ]
        return {row.key: row for row in found}

    def _ask(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        said = "no member is named"
        for _ in range(len(self._members)):
            try:
                return self._one(self._members[0], path, json.dumps(body).encode("ascii"))
            except (OSError, http.client.HTTPException, ValueError, EtcdError) as error:
                said = f"{self._members[0]}: {error}"
                self._members.append(self._members.pop(0))
        raise EtcdError(f"etcd does not answer ({said}). Is it running, with a majority?")

    def status(self) -> tuple[dict[str, Any], str]:
        """What the first member says of itself, and its time (RFC 9110 6.6.1). Raises EtcdError,
        OSError, HTTPException, ValueError."""
        return self._answer(self._members[0], "/v3/maintenance/status", b"{}")

    def _one(self, member: str, path: str, body: bytes) -> dict[str, Any]:
        return self._answer(member, path, body)[0]

    def _answer(self, member: str, path: str, body: bytes) -> tuple[dict[str, Any], str]:
        """What it answers, and the time there."""
        parts = urlsplit(member)
        host, port = parts.hostname or "", parts.port or 2379
        connection = (
            http.client.HTTPSConnection(host, port, timeout=self._patience, context=self._tls())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=self._patience)
        )
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            octets = answer.read(1 << 20)
            if answer.status != 200:
                raise EtcdError(octets.decode("utf-8", "replace").strip()[:200])
            found = json.loads(octets)
        finally:
            connection.close()
        if not isinstance(found, dict):
            raise ValueError("an answer that is no object")
        return found, answer.getheader("Date", "")

    def _tls(self) -> ssl.SSLContext:
        authority, own = self._keys / "etcd-ca.pem", self._keys / "etcd.pem"
        made = ssl.create_default_context(cafile=str(authority) if authority.exists() else None)
        if own.exists():
            made.load_cert_chain(own, self._keys / "etcd.key")
        return made


def etcd_of(config: Config) -> Etcd:
    """That of a hub. All of three members are asked within half of a lease's time."""
    said = config.cluster.lease
    return Etcd(said.etcd, config.keys, min(_PATIENCE, said.ttl / 6))


def owner_key(cell: int) -> str:
    """What holds the name of the machine that has a cell, as long as its lease lasts; the revision
    in which it was made is the token."""
    return f"{CELLS}{cell}/owner"


def told(us: str, program: str) -> str:
    """What a machine says of itself: what tells it from others, and its program's version."""
    return f"{us} {VERSION}{program} {CUTS}"


def version(said: str) -> str:
    """The version of the program of a machine, as it says of itself; empty when it does not."""
    return said.rpartition(f" {VERSION}")[2].partition(" ")[0] if f" {VERSION}" in said else ""


def minor(said: str) -> tuple[int, ...]:
    """Major and minor of that."""
    return tuple(int(part) for part in version(said).split(".")[:2] if part.isdecimal())


def knows_cuts(said: str) -> bool:
    """Whether the program of a machine is one that goes by `/cells/<n>/cut`."""
    return CUTS in said.rpartition(f" {VERSION}")[2].split(" ")[1:]


def wanted_key(cell: int) -> str:
    """What holds the name of the machine that shall have it next."""
    return f"{CELLS}{cell}/wanted"


def cut_key(cell: int) -> str:
    """What says how often a cell got or gave away conferences, or that it does so just now
    (cutting.py)."""
    return f"{CELLS}{cell}/cut"


def lender_key(cell: int) -> str:
    """What holds the name of the machine that gets a cell back when conferences have moved."""
    return f"{CELLS}{cell}/lender"


def _made(key: str, revision: int) -> dict[str, str]:
    """The question whether a key was made in this revision; 0: that it is not there."""
    return {"key": _coded(key), "target": "CREATE", "create_revision": str(revision)}


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _plain(coded: str) -> str:
    return base64.b64decode(coded).decode("utf-8", "replace")
