"""A document that waits, as HTML beside its card: its pages as pictures, its text, its files.

Nothing of a stranger's runs or is styled here: text is escaped, pictures are those that our reader
made or that were cleaned, and a file comes as a download in a sandbox (deposits/download.py).
"""

from __future__ import annotations

from datetime import timedelta
from html import escape

from solicomm_build.desk.office import MODERATE
from solicomm_build.extraction.child import PAGE_WIDTH
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.deposits import depositform, depositlinks, proposing
from solicomm_build.features.library.deposits.deposits import Deposit, Deposits
from solicomm_build.features.library.deposits.pagepictures import MOST_PAGES
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext

OPEN_TEXT = 4_000
"""Characters of text that stand open; more is folded, so that its card is not far below."""
MOST_TEXT = 200_000
"""Characters of text on the page: some hundred pages. The whole text is among the files."""
_SPAN: timedelta = MODERATE
_PDF = "application/pdf"


def html(config: Config, deposit: Deposit, lang: str, who: str) -> str:
    """All there is to see of it, for a reviewer (depositlinks.py). Blocking: reads its text."""
    if deposit.facts.corrects:
        return _proposal(config, deposit, lang)
    files = [file for file in deposit.entry.files if file.role in ("main", "annex")]
    texts = _texts(config, deposit)
    drawn = [file for file in files if file.type == _PDF and file.pages]
    rows = [] if drawn else [_cover(config, deposit, lang, who)]
    rows += [_part(config, deposit, file, lang, who) for file in files]
    for file in drawn:
        text = texts.pop(_stem(file.name), "")
        rows.append(_leaves(_path(config, deposit, file, who), file, text, lang))
    text = "\n\n".join(texts.values())[:MOST_TEXT].strip()
    if text:
        label = escape(gettext(lang, "The text in it"))
        rows.append(
            f"<details{' open' if len(text) <= OPEN_TEXT else ''}><summary>{label}</summary>"
            f'<div dir="auto">{_paragraphs(text)}</div></details>'
        )
    elif not drawn and not any(file.type.startswith(("image/", "audio/")) for file in files):
        none = escape(gettext(lang, "There is no text in it that could be shown."))
        rows.append(f"<p>{none}</p>")
    return "".join(rows)


def _leaves(base: str, file: File, text: str, lang: str) -> str:
    """The pages of a PDF as pictures, each with its text."""
    rows, texts = list[str](), text.split("\f")
    label = escape(gettext(lang, "The text of this page"))
    for number in range(1, min(file.pages, MOST_PAGES) + 1):
        which = i18n.format_number(lang, number)
        alt = escape(gettext(lang, "Page %(number)s", number=which))
        said = texts[number - 1] if number <= len(texts) else ""
        below = f'<div dir="auto">{_paragraphs(said)}</div>' if said.strip() else ""
        below = below and f"<details><summary>{label}</summary>{below}</details>"
        rows.append(
            f'<figure class="leaf"><img loading="lazy" width="{PAGE_WIDTH}" '
            f'height="{PAGE_WIDTH * 99 // 70}" src="{base}/{number}" alt="{alt}">'
            f"<figcaption>{alt}</figcaption>{below}</figure>"
        )
    if file.pages > MOST_PAGES:
        count = i18n.format_number(lang, MOST_PAGES)
        rest = gettext(lang, "The first %(count)s pages; the rest is in the file.", count=count)
        rows.append(f"<p>{escape(rest)}</p>")
    return "".join(rows)


def _proposal(config: Config, deposit: Deposit, lang: str) -> str:
    """What a proposal would change, and the way to the card that it is about."""
    facts, none = deposit.facts, depositform.NOTHING
    before = proposing.base_of(config, facts.library, facts.corrects, facts.base)
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd><del><bdi>{escape(old or none)}</bdi></del> → "
        f"<ins><bdi>{escape(new or none)}</bdi></ins></dd></div>"
        for label, old, new in proposing.lines(before, deposit.entry, lang)
    )
    said = escape(gettext(lang, "Somebody proposes to correct this card:"))
    see = escape(gettext(lang, "See the card"))
    url = f"/libraries/{facts.library}/{facts.corrects}/"
    words = f'<p dir="auto">{escape(facts.words)}</p>' if facts.words else ""
    return f'<p>{said} <a href="{url}">{see}</a></p><dl class="facts">{rows}</dl>{words}'


def _cover(config: Config, deposit: Deposit, lang: str, who: str) -> str:
    """A picture of the first page."""
    cover = next((file for file in deposit.entry.files if file.role == "cover"), None)
    if cover is None:
        return ""
    alt = escape(gettext(lang, "The first page"))
    return f'<p class="picture"><img src="{_path(config, deposit, cover, who)}" alt="{alt}"></p>'


def _part(config: Config, deposit: Deposit, file: File, lang: str, who: str) -> str:
    """One of its files, and the picture or the sound that it is."""
    path, size = _path(config, deposit, file, who), i18n.format_size(lang, file.size)
    link = f'<p><a href="{path}" download><bdi>{escape(file.name)}</bdi></a> ({escape(size)})</p>'
    if file.type.startswith("image/"):
        return f'<p class="picture"><img src="{path}" alt="{escape(file.name)}"></p>{link}'
    if file.type.startswith("audio/"):
        return f'<p><audio controls preload="none" src="{path}"></audio></p>{link}'
    return link


def _path(config: Config, deposit: Deposit, file: File, who: str) -> str:
    return depositlinks.path(config, deposit.key, file.sha256, who, _SPAN)


def _texts(config: Config, deposit: Deposit) -> dict[str, str]:
    """The texts in its files, or that files are, by their names without the end."""
    deposits = Deposits(config)
    own = [file for file in deposit.entry.files if file.role == "text"]
    own = own or [
        file for file in deposit.entry.files if file.type in ("text/plain", "text/markdown")
    ]
    found: dict[str, str] = {}
    for file in own:
        data = deposits.octets(deposit.key, file.sha256) or b""
        text = data[: 4 * MOST_TEXT].decode("utf-8", "replace").replace("\0", "")
        found[_stem(file.name)] = text[:MOST_TEXT]
    return found


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _paragraphs(text: str) -> str:
    """Plain text as paragraphs with its lines."""
    parts = text.replace("\r\n", "\n").replace("\f", "\n\n").split("\n\n")
    rows = (escape(part.strip("\n")).replace("\n", "<br>") for part in parts if part.strip())
    return "".join(f"<p>{row}</p>" for row in rows)
