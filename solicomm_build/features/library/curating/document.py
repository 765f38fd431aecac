"""A document that waits, as HTML beside its card: a picture of its first page, its text, its files.

Nothing of a stranger's runs or is styled here: text is escaped, pictures are those that our reader
made or that were cleaned, and a file comes as a download in a sandbox (deposits/download.py).
"""

from __future__ import annotations

from datetime import timedelta
from html import escape

from solicomm_build.desk.office import MODERATE
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.deposits import depositlinks
from solicomm_build.features.library.deposits.deposits import Deposit, Deposits
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext

OPEN_TEXT = 4_000
"""Characters of text that stand open; more is folded, so that its card is not far below."""
MOST_TEXT = 200_000
"""Characters of text on the page: some hundred pages. The whole text is among the files."""
_SPAN: timedelta = MODERATE


def html(config: Config, deposit: Deposit, lang: str) -> str:
    """All there is to see of it. Blocking: reads its text."""
    files = [file for file in deposit.entry.files if file.role in ("main", "annex")]
    rows = [_cover(config, deposit, lang)]
    rows += [_part(config, deposit, file, lang) for file in files]
    text = _text(config, deposit)
    if text:
        label = escape(gettext(lang, "The text in it"))
        rows.append(
            f"<details{' open' if len(text) <= OPEN_TEXT else ''}><summary>{label}</summary>"
            f'<div dir="auto">{_paragraphs(text)}</div></details>'
        )
    elif not any(file.type.startswith(("image/", "audio/")) for file in files):
        none = escape(gettext(lang, "There is no text in it that could be shown."))
        rows.append(f"<p>{none}</p>")
    return "".join(rows)


def _cover(config: Config, deposit: Deposit, lang: str) -> str:
    """A picture of the first page."""
    cover = next((file for file in deposit.entry.files if file.role == "cover"), None)
    if cover is None:
        return ""
    alt = escape(gettext(lang, "The first page"))
    return f'<p class="picture"><img src="{_path(config, deposit, cover)}" alt="{alt}"></p>'


def _part(config: Config, deposit: Deposit, file: File, lang: str) -> str:
    """One of its files, and the picture or the sound that it is."""
    path, size = _path(config, deposit, file), i18n.format_size(lang, file.size)
    link = f'<p><a href="{path}" download><bdi>{escape(file.name)}</bdi></a> ({escape(size)})</p>'
    if file.type.startswith("image/"):
        return f'<p class="picture"><img src="{path}" alt="{escape(file.name)}"></p>{link}'
    if file.type.startswith("audio/"):
        return f'<p><audio controls preload="none" src="{path}"></audio></p>{link}'
    return link


def _path(config: Config, deposit: Deposit, file: File) -> str:
    return depositlinks.path(config, deposit.key, file.sha256, _SPAN)


def _text(config: Config, deposit: Deposit) -> str:
    """The text that was taken out of its files, or that a file is."""
    deposits = Deposits(config)
    own = [file for file in deposit.entry.files if file.role == "text"]
    own = own or [
        file for file in deposit.entry.files if file.type in ("text/plain", "text/markdown")
    ]
    found = (deposits.octets(deposit.key, file.sha256) or b"" for file in own)
    text = "\n\n".join(data[: 4 * MOST_TEXT].decode("utf-8", "replace") for data in found)
    return text.replace("\0", "")[:MOST_TEXT].strip()


def _paragraphs(text: str) -> str:
    """Plain text as paragraphs with its lines."""
    parts = text.replace("\r\n", "\n").replace("\f", "\n\n").split("\n\n")
    rows = (escape(part.strip("\n")).replace("\n", "<br>") for part in parts if part.strip())
    return "".join(f"<p>{row}</p>" for row in rows)
