"""What `solicomm check` says of the store of objects: whether it does what is asked of it, who may
read what, and what it has forgotten."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator

from solicomm_build.foundation import clock, keys, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.foundation.objects import gaps, incoming, sealing, settings
from solicomm_build.foundation.objects.client import Bucket, ObjectsError
from solicomm_build.foundation.objects.settings import S3, Account
from solicomm_build.message.auth import front

_FOLDER = ".check"
_KEPT = "s3-kept.json"
_LATE = 900.0  # seconds that mail may wait
_ABOUT_GAPS = "forgotten"


def look(config: Config) -> Iterator[Finding]:
    """Everything: puts small objects into each bucket, reads them, and takes them away."""
    s3 = config.cluster.s3
    if s3 is None:
        yield fine("not used: all is kept on this machine")
        return
    account = settings.account(config.keys)
    yield from _line(s3)
    from solicomm_build.features.publishing import engines

    engine = engines.of(s3)
    if engine.is_synced is None:
        yield warning("it is not known whether its disks have what it answered for", engine.remedy)
    elif engine.is_synced:
        yield fine(f"{engine.name}, which answers when its disks have it")
    else:
        words = f"{engine.name}, which answers before its disks have it unless it is told to"
        yield warning(f"{words}; from here that cannot be seen", engine.remedy)
    for use, name in s3.buckets.items():
        try:
            yield from _bucket(config, s3, account, use, name)
        except ObjectsError as error:
            yield fault(error.public, "See that it runs, has the bucket, and knows the account")
    yield from watch(config)


def watch(config: Config) -> Iterator[Finding]:
    """What costs little: what is missing, what waits, and whether there is an answer."""
    s3 = config.cluster.s3
    if s3 is None:
        return
    yield from forgotten(config)
    if not s3.spool:
        return
    try:
        names = [
            path.name
            for one in cells.every(config)
            if (spool := incoming.in_objects(one)) is not None
            for path in spool.pending(1)
        ]
    except ObjectsError as error:
        words = f"mail is refused for now (451): {error.public}"
        yield fault(words, "See that the store runs", about="away")
        return
    since = [clock.timestamp() - int(name[:16]) / 1e6 for name in names if name[:16].isdigit()]
    if since and max(since) > _LATE:
        words = f"mail waits in S3 for {max(since) / 60:.0f} minutes"
        yield warning(words, "solicomm status says whether ingest runs", about="waits")


def forgotten(config: Config) -> Iterator[Finding]:
    """What the numbers of writers tell."""
    missing = gaps.noted(config.state)
    if missing:
        last = missing[-1]
        count = sum(one.last - one.first + 1 for one in missing)
        yield fault(
            f"it has forgotten {count} objects of mail that it answered for, the last of "
            f"{last.writer} ({last.first} to {last.last}, seen {last.at})",
            f"Look into its disks and their fsync; then delete state/{gaps.FILE}. What was in them "
            "says the log of the bridge at that time (`kept`): ask those senders to send again",
            about=_ABOUT_GAPS,
        )


def _line(s3: S3) -> Iterator[Finding]:
    host = s3.endpoint.removeprefix("http://").rpartition(":")[0]
    if s3.endpoint.startswith("http:") and not front.is_loopback(host.strip("[]")):
        yield warning(
            "pages for members and names of mail go to it without TLS",
            "Write `endpoint: https://…`, or have only your machines on that network",
        )


def _bucket(config: Config, s3: S3, account: Account, use: str, name: str) -> Iterator[Finding]:
    mine, anybody = Bucket(s3, name, account), Bucket(s3, name, None)
    probe = f"{_FOLDER}/{secrets.token_hex(8)}"
    octets = secrets.token_bytes(64)
    mine.put(probe, octets)
    try:
        if _fails(lambda: mine.get(probe)) or mine.get(probe) != octets:
            yield fault(f"{name} answers for an object and does not give it back", _BROKEN)
            return
        if probe not in mine.names(_FOLDER):
            yield fault(f"{name} does not list what it answered for", _BROKEN)
        yield from _anybody(s3, anybody, probe, use, name)
    finally:
        mine.delete(probe)
    if not _fails(lambda: mine.get(probe)):
        yield fault(f"{name} still gives what was deleted", _BROKEN)
    yield from _token(config, mine, use, name)
    if use == "spool":
        yield from _same_key(config, mine)


def _same_key(config: Config, mine: Bucket) -> Iterator[Finding]:
    """Whether all machines of the hub seal with one key: the first that looks leaves something
    sealed, the others open it."""
    name, key = f"{_FOLDER}/sealed", keys.spool_key(config.keys)
    try:
        sealing.opened(key, mine.get(name), name)
    except FileNotFoundError:
        mine.put(name, sealing.sealed(key, b"one key", name))
    except StoreError:
        yield fault(
            f"another machine seals mail with another key than private/keys/{keys.SPOOL_KEY} here",
            "Have the same file on all of them; what was set aside meanwhile is in the quarantine. "
            f"If the key was changed for good, delete {name} from the bucket",
        )


_BROKEN = "This store cannot be used: whoever asks after an answer must see what was answered"


def _anybody(s3: S3, anybody: Bucket, probe: str, use: str, name: str) -> Iterator[Finding]:
    """What who has no account may do."""
    from solicomm_build.features.publishing import engines

    asked = not _fails(lambda: anybody.get(probe))
    reads = asked or (bool(s3.read) and engines.is_found(f"{s3.read}/{name}/{probe}"))
    if reads and use != "pages":
        yield fault(
            f"everybody can read {name}, which has what is private ({use})",
            "Take the right to read it from the anonymous user; what was in it is known",
        )
    elif not reads and use == "pages":
        yield warning(
            f"nobody but the hub can read {name}, so nginx would find no pages in it",
            "Give the anonymous user the right to read its objects, and not to list them",
        )
    if not _fails(anybody.names):
        yield fault(
            f"everybody can list {name}",
            "Take that right from the anonymous user: names tell of pages that are unlisted",
        )
    if not _fails(lambda: anybody.put(f"{probe}-anybody", b"")):
        anybody.delete(f"{probe}-anybody")
        yield fault(f"everybody can write into {name}", "Take that right from the anonymous user")
    if reads == (use == "pages"):
        yield fine(f"{name} ({use}) keeps, gives, lists and deletes")


def _token(config: Config, mine: Bucket, use: str, name: str) -> Iterator[Finding]:
    """Something that was left there by the check before, and is to be there still."""
    path = config.state / _KEPT
    try:
        left = json.loads(path.read_bytes())
    except (OSError, ValueError):
        left = {}
    key = f"{_FOLDER}/kept-{config.cluster.node or 'one'}"
    was = left.get(name)
    if was is not None:
        try:
            found = mine.get(key).hex()
        except FileNotFoundError:
            found = ""
        if found != was["octets"]:
            yield fault(
                f"{name} ({use}) has forgotten what it was given on {was['at']}",
                "Look into its disks and their fsync, and whether it was brought back from a copy",
            )
    octets = secrets.token_bytes(32)
    mine.put(key, octets)
    left[name] = {"octets": octets.hex(), "at": f"{clock.now():%Y-%m-%d %H:%M} UTC"}
    config.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    safeio.write_atomic(path, json.dumps(left, indent=1).encode("ascii") + b"\n", mode=0o600)


def _fails(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (ObjectsError, FileNotFoundError):
        return True
    return False
