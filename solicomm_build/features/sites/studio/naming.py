"""Where a text lies that is begun in the studio."""

from __future__ import annotations

from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.siteedits import Look
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config


def new_path(kind: str, sent: forms.Sent, look: Look) -> str:
    """Where a new text lies: named by its title, news in the year of its day; a translation beside
    what it translates."""
    lang = sent.get("lang") if may_be(look, sent.get("lang")) else look.lang
    like = sent.get("like")
    if like in look.files and sitefiles.place(like) == kind:
        return f"{like.rpartition('/')[0]}/{sitefiles.slug_of(like)}.{lang}.md"
    day = sent.get("date").strip()
    year = day[:4] if day[:4].isdigit() else f"{clock.now():%Y}"
    folder = f"news/{year}" if kind == "news" else kind
    name = siteedit.slug(sent.get("title"), f"{kind}-{clock.now():%Y-%m-%d}")
    kept = [f"pages/{one}.md" for one in sitefiles.kept(look.site, lang)]
    return siteedit.free(folder, name, lang, [*look.files, *kept])


def twin(config: Config, look: Look, path: str, text: str) -> str:
    """Where the very text lies already that shall be new at `path`, as when a form is sent twice;
    else `path`. Blocking."""
    name, _, ends = path.partition(".")
    stem, _, number = name.rpartition("-")
    stem = stem if stem and number.isdecimal() else name
    others = [one for one in look.files if one.startswith(stem) and one.partition(".")[2] == ends]
    blobs = siteedits.read(config, look.union, [look.files[one] for one in others])
    same = [one for one, blob in zip(others, blobs, strict=True) if blob == text.encode()]
    return next(iter(same), path)


def may_be(look: Look, lang: str) -> bool:
    """Whether a text of the site may be in this language."""
    return lang in (look.site.languages if look.site else (look.lang,))
