"""What an editor without git writes, as a file of the site: names, first texts, front matter. Pure.

The form in the browser and the mail make the same files. Front matter is written in one manner, one
key a line; keys that a form does not know stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date

from solicomm_build.features.sites.values import sitefiles
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.yamlsafe import quote

KINDS = {"page": "pages", "news": "news", "event": "events"}
"""How kinds of texts are called in addresses (`page:about`), and their folders."""
_NO_WORD = re.compile(r"[^a-z0-9]+")
_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/@.+_:-]*", re.ASCII)
_KEY = re.compile(r"[\"']?([a-z_]+)[\"']?\s*+:(?:\s|$)")


def slug(title: str, otherwise: str) -> str:
    """A name for a file: the title in small ASCII letters; `otherwise` when nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NO_WORD.sub("-", plain).strip("-")[:50].strip("-") or otherwise


def free(folder: str, name: str, lang: str, taken: Collection[str]) -> str:
    """The path for a new text, with a number when the name is taken in any year or language."""
    kind = folder.partition("/")[0]
    known = {sitefiles.slug_of(path) for path in taken if path.startswith(f"{kind}/")}
    candidate, number = name, 2
    while candidate in known:
        candidate, number = f"{name[:46]}-{number}", number + 1
    return f"{folder}/{candidate}.{lang}.md"


def free_media(name: str, taken: Collection[str]) -> str:
    """The path for a new picture."""
    candidate, number = f"media/{name}.webp", 2
    while candidate in taken:
        candidate, number = f"media/{name}-{number}.webp", number + 1
    return candidate


def find(name: str, files: Collection[str], lang: str) -> str:
    """The path of `page:about`, `news:we-won`, `event:meeting.sw`, `site`, or of a path itself;
    empty when there is no such file."""
    if name in files and sitefiles.place(name) not in ("", "media"):
        return name
    kind, _, rest = name.partition(":")
    if kind == "site" and not rest:
        return "site.yaml" if "site.yaml" in files else ""
    wanted, _, tongue = rest.partition(".")
    folder = KINDS.get(kind, "")
    found = [p for p in files if sitefiles.place(p) == folder and sitefiles.slug_of(p) == wanted]
    ends = [f"{wanted}.{tongue or lang}.md"]
    ends += [] if tongue and tongue != lang else [f"{wanted}.md"]
    for end in ends:
        for path in found:
            if path.rpartition("/")[2] == end:
                return path
    return "" if tongue else next(iter(sorted(found)), "")


def called(path: str) -> str:
    """`page:about.en` of `pages/about.en.md`; `find` takes it back."""
    kind = next((kind for kind, folder in KINDS.items() if sitefiles.place(path) == folder), "site")
    return f"{kind}:{path.rpartition('/')[2].removesuffix('.md')}" if kind != "site" else "site"


def new_path(kind: str, name: str, lang: str, day: date) -> str:
    """Where a new text of this name would lie."""
    wanted, _, tongue = name.partition(".")
    folder = f"news/{day.year}" if kind == "news" else KINDS[kind]
    return f"{folder}/{wanted}.{tongue or lang}.md"


def of_year(path: str, day: str, taken: Collection[str]) -> str:
    """Where a text lies when it is of this day: news in the folder of its year. As it is for what
    is no news or no day, and where another file lies there."""
    moved = f"news/{day[:4]}/{path.rpartition('/')[2]}"
    is_free = moved not in taken or path not in taken
    is_news = sitefiles.place(path) == sitefiles.place(moved) == "news"
    return moved if is_news and is_free else path


def now_at(path: str, files: Collection[str]) -> str:
    """Where a text lies now that lay at `path`: news may be in the folder of another year."""
    kind, name = sitefiles.place(path), path.rpartition("/")[2]
    if path in files:
        return path
    same = (p for p in sorted(files) if p.rpartition("/")[2] == name and sitefiles.place(p) == kind)
    return next(same, path)


def first_text(kind: str, title: str, day: date) -> str:
    """What a new file begins with."""
    head: dict[str, str] = {"title": title}
    if kind == "news":
        head["date"] = day.isoformat()
    if kind == "event":
        head |= {"starts": day.isoformat(), "place": ""}
    return compose(head, "\n")


def compose(head: Mapping[str, str | Mapping[str, str]], body: str) -> str:
    """A file of these keys and this text."""
    return f"---\n{''.join(_line(key, value) for key, value in head.items() if value)}---\n{body}"


def text_of(blob: bytes) -> str:
    """A file as it is edited, whatever program wrote it: without a byte order mark, with LF."""
    return blob.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def title_of(blob: bytes) -> str:
    """The title in a file's front matter, however the rest is; empty when there is none."""
    try:
        return frontmatter.document(blob, file="").table.text("title")
    except SoliCommError:  # a list of pages shows what is broken, too
        return ""


def parts(text: str) -> tuple[dict[str, str], str]:
    """The front matter as lines by key, and the text below. Lines that belong to a key before stay
    with it; a comment or an empty line between two keys has a key of its own that begins with #."""
    if not text.startswith("---\n") or "\n---" not in text[3:]:
        return {}, text
    above, _, body = text[3:].partition("\n---")
    rows: dict[str, str] = {}
    last, between = "", list[str]()
    for line in above.split("\n")[1:]:
        match = _KEY.match(line)
        if match:
            rows |= {f"#{len(rows) + n}": one for n, one in enumerate(between)}
            last, between = match[1], []
            rows[last] = line[match.end() :].strip()
        elif not last or line.startswith("#") or not line.strip():
            between.append(line)
        else:
            rows[last] += "".join(f"\n{one}" for one in (*between, line))
            between = []
    rows |= {f"#{len(rows) + n}": one for n, one in enumerate(between)}
    return rows, body.partition("\n")[2]


def front(rows: Mapping[str, str]) -> str:
    """Rows that are YAML already as front matter, without those that are empty."""
    found = ""
    for key, value in rows.items():
        if key.startswith("#"):
            found += f"{value}\n"
        elif value:
            found += f"{key}:{'' if value.startswith(chr(10)) else ' '}{value}\n"
    return found


def joined(rows: Mapping[str, str], body: str) -> str:
    """The file of rows that are YAML already."""
    return f"---\n{front(rows)}---\n{body}"


def scalar(value: str) -> str:
    """A text as YAML."""
    return value if _BARE.fullmatch(value) and not value.endswith(":") else quote(value)


def _line(key: str, value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return f"{key}: {scalar(value)}\n"
    inner = [f"{name}: {scalar(text) if text else quote('')}" for name, text in value.items()]
    return f"{key}: {{{', '.join(inner)}}}\n"
