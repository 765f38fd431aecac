"""What a form of a plain page sends (web/plainpage.py)."""

from __future__ import annotations

from starlette.requests import Request

from solicomm_build.web import formdata

_BODY = 64 * 1024  # octets: 4,000 characters of four octets each, percent-encoded


async def fields(request: Request, most: int = 20) -> dict[str, str]:
    """The first value of each field of a form, urlencoded or multipart, up to a limit; nothing of
    one that has more than `most` fields."""
    found = await formdata.sent(request, _BODY)
    if found is None or len(found.fields) > most:
        return {}
    return {name: value.strip() for name, value in found.fields.items()}
