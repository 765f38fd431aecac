"""Sites in a Pelican theme that the operator offers (`themes:` in hub.yaml), in place of a preset.

The theme gets Pelican's own `articles` and `pages`, categories, tags, authors, archives and
pagination, from a folder of HTML that was made and cleaned here: Pelican sees no file of a union.
Its settings are a closed list. Themes are written for texts that are HTML already, and some take an
escaping off again (`striptags`); so titles and all other words lose the characters of markup (for
typographic ones) and are escaped. What a theme does not make (events, joining, people, calendars)
is made as ever, in the site's preset.

Pelican runs in a process of its own, because it keeps module-global state, with the limits of the
site. A theme is code of the operator's: editors can only choose among those that are offered.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from html import escape as _escape
from pathlib import Path
from typing import Any

from solicomm_build.builder.apart.closed import closed
from solicomm_build.builder.publish import path_of
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.sites.rendering.content import Item
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.pages import SitePages
from solicomm_build.features.sites.values.site import News
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.editorial.markup import plain_text
from solicomm_build.post.pages import Page, relative

SECONDS = 60.0
"""Real time that a theme may take for one site."""
_MARKUP = str.maketrans({"<": "‹", ">": "›", '"': "”", "'": "’"})
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LISTS = ("index", "categories", "tags", "authors", "archives")
_SUMMARY = 300


def find(config: Config, name: str) -> Path | None:
    """The folder of a theme the operator offers: in the hub's `themes/`, among those that come with
    Pelican, or an installed package. None when there is none of that name, or it is not offered."""
    if not name or name not in config.themes:
        return None
    places = [config.root / "themes" / name]
    for package, below in (("pelican", ("themes", name)), (name.replace("-", "_"), ())):
        found = importlib.util.find_spec(package)
        roots = (found.submodule_search_locations or ()) if found else ()
        places += [Path(root).joinpath(*below) for root in roots]
    return next((place for place in places if (place / "templates").is_dir()), None)


def mark(config: Config) -> str:
    """Changes with the files of the themes that the operator offers."""
    themes = [theme for name in config.themes if (theme := find(config, name))]
    files = [file for theme in themes for file in sorted(theme.rglob("*")) if file.is_file()]
    return digest([(file.as_posix(), *_state(file)) for file in files])


def _state(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def planned(site: OpenSite, theme: Path | None) -> Iterator[Planned]:
    """The pages of a site, in its theme if it has one."""
    name = site.settings.theme.name
    if name and theme is None:
        reason = f"`name: {name}` is no theme that this hub offers: a preset is used"
        site.faults.append(("site.yaml", reason))
    if theme is None:
        yield from SitePages(site).everything()
        return
    folder = Path(tempfile.mkdtemp(prefix="solicomm-theme-"))
    try:
        _write(site, folder / "in")
        _run(_settings(site, folder, theme))
        made = {}
        for file in sorted((folder / "out").rglob("*")):
            if file.is_file():
                url = site.at.url + file.relative_to(folder / "out").as_posix()
                made[path_of(url)] = file
        for each in SitePages(site).everything():
            if path_of(each.url) not in made:
                yield each
        for path, file in made.items():
            yield Planned("/" + path, site.section, 0, partial(_page, site, "/" + path, file))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def words(text: str) -> str:
    """A text as HTML that stays a text however often a theme unescapes it, wherever it puts it."""
    return _escape(_ENTITY.sub("& ", text).translate(_MARKUP))


def _page(site: OpenSite, url: str, file: Path) -> Page:
    key = digest("foreign", sha256(file.read_bytes()).hexdigest())
    lang = site.settings.languages[0]
    return Page(url, "local", site.section, lang, "", key, {"file": file})


def _write(site: OpenSite, folder: Path) -> None:
    """The site's pages and news as HTML files with Pelican's metadata."""
    for name in ("pages", "news"):
        (folder / name).mkdir(parents=True)
        for (slug, lang), item in site.content.folder(name).items():
            if (name, slug) == ("pages", "join"):
                continue
            url = site.at.of(name, slug, lang)
            text = _document(site, item, site.html(item.body, lang, url))
            (folder / name / f"{slug}.{lang}.html").write_text(text, "utf-8")


def _document(site: OpenSite, item: Item, html: str) -> str:
    facts = {
        "slug": item.slug,
        "lang": item.lang,
        "summary": item.summary or plain_text(item.body)[:_SUMMARY],
        "status": "published",
    }
    if isinstance(item, News):
        facts |= {"date": item.date.isoformat(), "tags": ",".join(item.tags)}
        facts |= {"authors": item.author} if item.author else {}
        facts["category"] = gettext(site.settings.languages[0], "News")
    # twice: Pelican's reader takes one escaping off the metadata, and themes print them as HTML
    rows = "".join(
        f'<meta name="{name}" content="{_escape(words(value))}">\n'
        for name, value in facts.items()
        if value
    )
    title = words(item.title)
    return f"<html><head><title>{title}</title>\n{rows}</head><body>\n{html}</body></html>\n"


def _settings(site: OpenSite, folder: Path, theme: Path) -> dict[str, Any]:
    """Every setting that Pelican gets. Of the site only texts are in it, escaped."""
    url = site.at.url
    lang = site.settings.languages[0]
    lists = [name for name in _LISTS if (theme / "templates" / f"{name}.html").is_file()]
    menu = [
        (words(item["label"] or item["kind"].capitalize()), relative(url, item["url"]))
        for item in site.menu(lang)
    ]
    found: dict[str, Any] = {
        **closed(),
        "PATH": os.fspath(folder / "in"),
        "OUTPUT_PATH": os.fspath(folder / "out"),
        "THEME": os.fspath(theme),
        "THEME_STATIC_DIR": "theme",
        "SITENAME": words(site.settings.title_in(lang)),
        "SITESUBTITLE": words(site.settings.description_in(lang)),
        "SITEURL": "",
        "RELATIVE_URLS": True,
        "AUTHOR": words(site.settings.title_in(lang)),
        "DEFAULT_LANG": lang,
        "DEFAULT_DATE_FORMAT": "%Y-%m-%d",
        "DEFAULT_CATEGORY": words(gettext(lang, "News")),
        "DEFAULT_PAGINATION": 10,
        "MENUITEMS": menu,
        "LINKS": (),
        "SOCIAL": (),
        "ARTICLE_PATHS": ["news"],
        "PAGE_PATHS": ["pages"],
        "USE_FOLDER_AS_CATEGORY": False,
        "WITH_FUTURE_DATES": True,
        "DIRECT_TEMPLATES": lists or ["index"],
        "READERS": {"rst": None, "md": None, "markdown": None, "mkd": None, "mdown": None},
        "FORMATTED_FIELDS": [],
        "TYPOGRIFY": False,
    }
    for kind, own, other in (
        ("ARTICLE", "news/{slug}/", "{lang}/news/{slug}/"),
        ("PAGE", "{slug}/", "{lang}/{slug}/"),
        ("CATEGORY", "category/{slug}/", ""),
        ("TAG", "tag/{slug}/", ""),
        ("AUTHOR", "author/{slug}/", ""),
    ):
        found[f"{kind}_URL"], found[f"{kind}_SAVE_AS"] = own, f"{own}index.html"
        if other:
            found[f"{kind}_LANG_URL"], found[f"{kind}_LANG_SAVE_AS"] = other, f"{other}index.html"
    return found


def _run(settings: dict[str, Any]) -> None:
    """Pelican over these settings, in a child. Raises HubError when it fails."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            _pelican(settings)
            status = 0
        except BaseException:  # noqa: BLE001 - the child's edge: say why, and end at once
            traceback.print_exc(file=sys.stderr)
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if status:
        raise HubError("the theme could not make the pages; ask the operator, or take a preset")


def _pelican(settings: dict[str, Any]) -> None:
    from solicomm_build.builder import bare

    bare.run_whole(bare.read_settings(override=settings))
