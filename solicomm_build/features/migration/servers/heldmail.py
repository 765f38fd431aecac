"""A message that waited for a moderator in Mailman 2: `data/heldmsg-<list>-<n>.pck` or `.txt`.

The pickle holds an `email.Message.Message`; its fields and payloads are read as data and written
down again as a message.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solicomm_build.features.migration.servers import unpickle
from solicomm_build.features.migration.servers.unpickle import Opaque
from solicomm_build.foundation.errors import ContentError
from solicomm_build.message import header

_DEEPEST = 40


def held_message(file: Path) -> bytes:
    """The octets of a held message. Raises ContentError when they cannot be had."""
    if file.suffix != ".pck":
        return file.read_bytes()
    found = unpickle.load(file.read_bytes(), file=str(file), exact=True)
    if not isinstance(found, Opaque):
        raise ContentError("there is no message in it", file=str(file))
    return _octets(found, str(file), 0)


def _octets(message: Opaque, file: str, depth: int) -> bytes:
    fields = message.get("_headers")
    pairs = isinstance(fields, list) and all(
        isinstance(pair, tuple) and len(pair) == 2 for pair in fields
    )
    if not pairs or depth > _DEEPEST:
        raise ContentError("there is no message in it", file=file)
    head = "".join(f"{name}: {_unfolded(value)}\n" for name, value in fields).encode(
        "utf-8", "surrogateescape"
    )
    payload = message.get("_payload")
    if isinstance(payload, list):
        kind, boundary = _kind(fields)
        inside = [_octets(part, file, depth + 1) for part in payload if isinstance(part, Opaque)]
        if not kind.startswith("multipart/"):  # an attached message, or the blocks of a report
            return head + b"\n" + b"".join(inside)
        dash = b"--" + (boundary or f"held-{depth}").encode("utf-8", "surrogateescape")
        parts = b"".join(dash + b"\n" + part + b"\n" for part in inside)
        return head + b"\n" + parts + dash + b"--\n"
    return head + b"\n" + str(payload or "").encode("utf-8", "surrogateescape")


def _unfolded(value: Any) -> str:
    """The value with its own line breaks where they are folds, else on one line."""
    lines = str(value).replace("\r\n", "\n").split("\n")
    return "\n".join(
        line if not n or line[:1] in " \t" else f" {line}" for n, line in enumerate(lines)
    )


def _kind(fields: list[Any]) -> tuple[str, str]:
    """The media type that the fields name, and its boundary; each empty where there is none."""
    for name, value in fields:
        if str(name).lower() == "content-type":
            found = header.parametrised(" ".join(str(value).split()))
            return found.value, found.params.get("boundary", "")
    return "", ""
