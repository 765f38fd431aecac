"""What a form of a plain page sends (web/plainpage.py)."""

from __future__ import annotations

from starlette.requests import Request

from solicomm_build.web import formdata
from solicomm_build.web.formdata import Sent

_BODY = 64 * 1024  # octets: 4,000 characters of four octets each, percent-encoded


async def fields(request: Request, most: int = 20) -> dict[str, str]:
    """The first value of each field of a form, urlencoded or multipart, up to a limit; nothing of
    one that has more than `most` fields."""
    found = await whole(request, 0, most)
    return dict(found.fields) if found else {}


async def whole(request: Request, files: int, most: int = 20, text: int = _BODY) -> Sent | None:
    """The same, with files of up to so many octets together, without those that are too large;
    None of a form that has more than `text` octets besides, or more fields, or cannot be read."""
    read = formdata.sieved if files else formdata.sent
    found = await read(request, text + files)
    if found is None or len(found.fields) > most:
        return None
    typed = {name: value.strip() for name, value in found.fields.items()}
    return Sent(typed, found.files, found.large)
