"""What a form of a plain page sends (web/plainpage.py)."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

_BODY = 8 * 1024  # octets


async def fields(request: Request, most: int = 20) -> dict[str, str]:
    """The first value of each field of a urlencoded form, up to a limit; nothing of one that has
    more than `most` fields."""
    octets = b""
    try:
        async for piece in request.stream():
            octets += piece
            if len(octets) > _BODY:
                return {}
    except ClientDisconnect:
        return {}
    try:
        found = parse_qs(octets.decode("utf-8", "replace"), max_num_fields=most)
    except ValueError:
        return {}
    return {name: values[0].strip() for name, values in found.items()}
