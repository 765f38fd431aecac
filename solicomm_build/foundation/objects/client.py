"""Objects in a bucket of any store that speaks S3. The only module that knows obstore.

Four things are asked of a store, so that many do: PUT, GET, DELETE, LIST, and that whoever asks
after an answer sees what was answered. No condition, no version, no lock (docs/adr/0051). obstore
is the extra `s3` of the program: it is loaded by whoever opens a bucket, so never on a hub without
`cluster.s3`. A process that forks must not have opened one before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from solicomm_build.foundation.errors import HubError, SoliCommError
from solicomm_build.foundation.objects import settings
from solicomm_build.foundation.objects.settings import S3, Account

CONNECT = timedelta(seconds=3)
WHOLE, OF_MAIL, SMALL = timedelta(seconds=60), timedelta(seconds=15), timedelta(seconds=4)
"""For one request with its octets; somebody waits at the door for those of mail, and with a page
open for the small ones."""
_RETRIES, _PATIENCE = 2, timedelta(seconds=10)
_PAGE = 1000
"""Names in one answer to LIST, as S3 has it at most."""


class ObjectsError(SoliCommError):
    """The store of objects does not answer, or refuses: 451, the sender tries again."""

    exit_code = 75  # EX_TEMPFAIL


@dataclass(frozen=True, slots=True)
class Label:
    """What a web server says of an object: Content-Type, Cache-Control, and Content-Encoding and
    Content-Disposition where they are not empty."""

    kind: str
    cache: str = ""
    coding: str = ""
    disposition: str = ""


class Objects(Protocol):
    """A bucket. Names are paths without a slash in front: no empty part, `.` or `..` among them.

    Each raises ObjectsError when the store does not do it. Blocking; safe for several threads.
    """

    def put(self, name: str, octets: bytes, label: Label | None = None) -> None:
        """Keeps the octets under the name, in place of what was there: answered when it is."""

    def get(self, name: str) -> bytes:
        """What was put there last. Raises FileNotFoundError."""

    def size(self, name: str) -> int:
        """How many octets there are. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Takes the object away; safe to call twice."""

    def names(self, below: str = "", *, most: int = 0) -> list[str]:
        """The names in the folder `below` (which may be empty), in order; with `most` no more than
        the first so many."""


class Bucket:
    """A bucket of a real store; see Objects. Without an `account` it is asked as anybody would."""

    def __init__(
        self, s3: S3, bucket: str, account: Account | None, whole: timedelta = WHOLE
    ) -> None:
        try:
            import obstore
            from obstore import exceptions
            from obstore.store import S3Store
        except ImportError as error:
            raise HubError(
                "hub.yaml has `cluster.s3`, which needs a library that is not installed: "
                "pip install 'solicomm[s3]'"
            ) from error
        self._obstore, self._fault = obstore, exceptions.BaseError
        self._where = f"{s3.endpoint}/{bucket}"
        known: dict[str, Any] = {"skip_signature": True}
        if account is not None:  # so nothing of the environment is mixed in, such as a token
            login = {"access_key_id": account.access, "secret_access_key": account.secret}
            known = {"credential_provider": lambda: {**login, "token": None, "expires_at": None}}
        self._store = S3Store(
            bucket,
            endpoint=s3.endpoint,
            region=s3.region,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": s3.endpoint.startswith("http:"),
                "connect_timeout": CONNECT,
                "timeout": whole,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": min(_PATIENCE, whole)},
            **known,
        )

    def put(self, name: str, octets: bytes, label: Label | None = None) -> None:
        """See Objects."""
        with self._told("put"):
            self._obstore.put(
                self._store, name, octets, use_multipart=False, attributes=_attributes(label)
            )

    def get(self, name: str) -> bytes:
        """See Objects."""
        with self._told("get"):
            return bytes(self._obstore.get(self._store, name).bytes())

    def size(self, name: str) -> int:
        """See Objects."""
        with self._told("get"):
            return int(self._obstore.head(self._store, name)["size"])

    def delete(self, name: str) -> None:
        """See Objects."""
        with self._told("delete"), contextlib.suppress(FileNotFoundError):
            self._obstore.delete(self._store, name)

    def names(self, below: str = "", *, most: int = 0) -> list[str]:
        """See Objects."""
        found: list[str] = []
        with self._told("list"):
            size = min(most, _PAGE) if most else _PAGE
            prefix = below.strip("/") or None
            for page in self._obstore.list(self._store, prefix=prefix, chunk_size=size):
                found += [one["path"] for one in page]
                if most and len(found) >= most:
                    break
        return sorted(found)[: most or None]

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """What goes wrong in one sentence: no line of it has more than the place and the reason."""
        try:
            yield
        except FileNotFoundError:
            raise
        except (self._fault, ValueError) as error:
            reason = " ".join(str(error).split("Debug source:")[0].split())
            raise ObjectsError(f"{self._where}: {what} failed ({reason[:300]})") from error


def bucket(s3: S3, use: str, keys: Any, whole: timedelta | None = None) -> Bucket:
    """The bucket that is used for one of BUCKETS, with the account in the hub's folder of keys; a
    request may take as long as its use allows, or `whole`. Raises HubError."""
    usual = OF_MAIL if use == "spool" else WHOLE
    return Bucket(s3, s3.buckets[use], settings.account(keys), whole or usual)


def _attributes(label: Label | None) -> dict[str, str] | None:
    if label is None:
        return None
    said = {
        "Content-Type": label.kind,
        "Cache-Control": label.cache,
        "Content-Encoding": label.coding,
        "Content-Disposition": label.disposition,
    }
    return {name: value for name, value in said.items() if value}
