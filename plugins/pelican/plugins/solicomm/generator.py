"""What all our generators share: which pages are theirs, and the template functions.

A page comes with facts; a *presenter* turns them into what its template shows. Templates get only
small immutable things, text is escaped by Jinja, and only cleaned HTML arrives as Markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from html import unescape
from typing import Any, ClassVar

from jinja2 import Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from pelican.generators import Generator
from pelican.plugins.solicomm.compiling import Compiler, PageContext
from pelican.plugins.solicomm.members import notice
from pelican.plugins.solicomm.search import box
from pelican.writers import Writer

from solicomm_build.features.search.engine.document import snippet
from solicomm_build.foundation import i18n
from solicomm_build.post.pages import FRAMES, Facts, HubFacts, Page, relative

_TAG = re.compile(r"<[^<>]*(?:>|\Z)")
_QUOTE = re.compile(r"<(?:blockquote|details)\b")
_LEDE = 4_000  # characters of a post's HTML that its description is taken from

Presenter = Callable[[Page, HubFacts], Mapping[str, Any]]


class PageGenerator(Generator):
    """Base of our generators; `kind` is the first part of the sections it shows."""

    kind = ""
    presenters: ClassVar[Mapping[str, Presenter]] = {}

    def __init__(self, context: dict[str, Any], settings: dict[str, Any], **kwargs: Any) -> None:
        self.job = settings["SOLICOMM_JOB"]
        self._hubs: dict[str, dict[str, Any]] = {}
        if self.job.env is None:
            super().__init__(context, settings, **kwargs)  # type: ignore[no-untyped-call]
            if self.job.is_hub:
                _install(self.env, self.job.assets)
                _compile(self.env)
            else:
                self.job.prepare(self.env)
                _install(self.env, self.job.assets)
            self.job.env = self.env
        else:  # one environment with compiled templates serves all generators and builds
            self.context, self.settings, self.env = context, settings, self.job.env

    def _hub(self, lang: str) -> dict[str, Any]:
        if lang not in self._hubs:
            self._hubs[lang] = hub_context(self.job.hub, lang)
        return self._hubs[lang]

    def presenter(self, kind: str) -> Presenter:
        """What shows pages of a kind. Raises KeyError for one that nobody knows."""
        return self.presenters[kind]

    def pages(self) -> Iterator[Page]:
        """The pages of this generator's sections that must be made."""
        yield from self.job.pages(self.kind)

    def generate_output(self, writer: Writer) -> None:
        """Writes every page; one that fails is noted and stops no other."""
        for page in self.pages():
            with self.job.guard(page.url):
                self.job.now = page
                self.write(page, writer)

    def write(self, page: Page, writer: Writer) -> None:
        """Renders and publishes one page."""
        special = getattr(self, f"write_{page.kind}", None)
        if special is not None:
            special(page, writer)
            return
        typed = isinstance(page.facts, Facts)
        context = {
            **(page.facts if typed else self.presenter(page.kind)(page, self.job.hub)),
            "hub": self._hub(page.lang),
            "page": page_context(page, self.job.hub),
        }
        self.show(page, f"{page.kind}.html", context, writer)

    def template(self, name: str) -> Template:
        """A template of ours, or what a theme has in its place."""
        return self.env.select_template([prefix + name for prefix in self.job.prefixes])

    def show(self, page: Page, name: str, context: dict[str, Any], writer: Writer) -> None:
        """Has Pelican's writer render a template and write the page; in a site of its own a theme's
        templates find there what they find elsewhere, too."""
        whole = context if self.job.is_hub else {**self.context, **context}
        path, template = self.job.path(page.url), self.template(name)
        relative = bool(self.settings["RELATIVE_URLS"])
        writer.write_file(path, template, whole, relative, url=page.url)  # type: ignore[no-untyped-call]

    def write_raw(self, page: Page, writer: Writer) -> None:
        """A text the pipeline made."""
        self.job.put(page, str(page.facts["data"]).encode())

    def write_bytes(self, page: Page, writer: Writer) -> None:
        """Octets that the pipeline made."""
        self.job.put(page, page.facts["data"])

    def write_blob(self, page: Page, writer: Writer) -> None:
        """A file as it lies in the repository."""
        self.job.put(page, self.job.read(page.section, page.facts["oid"]))

    def write_redirect(self, page: Page, writer: Writer) -> None:
        """An address that leads elsewhere now."""
        context = {
            "target": page.facts["target"],
            "hub": self._hub(page.lang),
            "page": page_context(page, self.job.hub)
            | {"canonical": self.job.hub.absolute(page.facts["target"])},
        }
        self.show(page, "redirect.html", context, writer)


def hub_context(hub: HubFacts, lang: str) -> dict[str, Any]:
    """`hub` of the templates, in a language."""
    first = hub.languages[0]
    shown = lang if lang in hub.languages else first
    return {
        "name": hub.name,
        "domain": hub.domain,
        "url": hub.url,
        "absolute": hub.absolute,
        "pages_domain": hub.pages_domain,
        "carried": hub.carried,
        "lacks": hub.lacks,
        "home": "/" if shown == first else f"/{shown}/",
        "search": box(shown, hub) if hub.places is None and hub.carried != "zim" else None,
        "places": hub.places,
        "sentence": hub.sentence.get(shown) or hub.sentence.get(first, ""),
        "logo": hub.logo,
        "picture": hub.picture,
        "description": hub.descriptions.get(shown) or hub.descriptions.get(first, ""),
        "languages": [_language(code) for code in hub.languages],
        "pages": [{"title": title, "url": url} for title, url in hub.pages.get(shown, ())],
    }


def page_context(page: Page, hub: HubFacts) -> dict[str, Any]:
    """`page` of the templates."""
    return {
        "url": page.url,
        "lang": page.lang,
        "dir": i18n.direction(page.lang),
        "title": page.title,
        "canonical": hub.absolute(page.url),
        "description": described(page, hub),
        "alternates": alternates(page.alternates),
        "feeds": [
            {"title": feed[0], "url": feed[1]} for feed in (page.own_feed, page.feed) if feed
        ],
        "section": page.section.partition(":")[0],
        "indexed": page.indexed,
        "members": notice(page),
    }


def described(page: Page, hub: HubFacts) -> str:
    """What a search engine or a messenger says of a page: its own words, how its first post begins,
    or whose it is. Nothing of pages that nobody may list."""
    if page.description or not page.indexed:
        return page.description
    posts = page.facts["posts"] if page.kind == "topic" else ()
    html = next((post.html for post in posts if post.html), "")
    text = snippet(unescape(_TAG.sub(" ", _own(html[:_LEDE]))))
    about = hub.descriptions.get(page.lang) or hub.name
    return text or (about if page.title == hub.name else f"{page.title} · {about}")


def _own(html: str) -> str:
    """What a post says itself: before what it quotes first, else after what it quotes last."""
    first = _QUOTE.search(html)
    if first is None:
        return html
    before = html[: first.start()]
    if _TAG.sub("", before).strip():
        return before
    return re.split(r"</(?:blockquote|details)>", html)[-1]


def alternates(versions: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    """The versions of a page in other languages, by their own names."""
    return [{"lang": code, "name": i18n.language(code).name, "url": url} for code, url in versions]


def _language(code: str) -> dict[str, str]:
    language = i18n.language(code)
    return {"code": code, "name": language.name, "dir": language.dir}


def _lang(context: Context) -> str:
    lang: str = context.resolve_or_missing("page")["lang"]
    return lang


class _Compiler(Compiler):
    direct = frozenset({"_", "ngettext", "rel", "asset"})


def _install(env: Any, assets: Mapping[str, str]) -> None:
    """Gives the templates `_`, `rel`, `asset` and the filters, all in the page's language."""

    @pass_context
    def gettext(context: Context, message: str, /, **variables: Any) -> Markup:
        """What Jinja's own `_` gives in a template that escapes, by one call in place of
        three: a page of a topic says forty words."""
        lang = _lang(context)
        return _translated(lang, message) % variables if variables else _bare(lang, message)

    @pass_context
    def ngettext(
        context: Context, singular: str, plural: str, count: int, /, **variables: Any
    ) -> Markup:
        """Likewise in the form for a number."""
        return _form(_lang(context), singular, plural, count) % {"num": count, **variables}

    @pass_context
    def rel(context: Context, url: str) -> str:
        page, hub = context.resolve_or_missing("page"), context.resolve_or_missing("hub")
        here: str = page["url"]
        if hub["pages_domain"] and _elsewhere(here, url):
            return str(hub["absolute"](url))
        anywhere = _is_anywhere(here) and not hub["carried"]  # shown for any address
        return url if anywhere else relative(here, url)

    @pass_context
    def asset(context: Context, name: str) -> str:
        return rel(context, assets[name])

    env.install_gettext_callables(gettext, ngettext, newstyle=True)
    env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, rel=rel, asset=asset)
    for name in i18n.Formatter("en").filters():
        env.filters[name] = _filter(name)


def _compile(env: Any) -> None:
    """Makes Python of all templates, by the compiler of ours (compiling.py)."""
    env.code_generator_class, env.context_class = _Compiler, PageContext
    for name in env.list_templates(filter_func=lambda name: "/" not in name):
        env.get_template(name)


@lru_cache(maxsize=8192)
def _translated(lang: str, message: str) -> Markup:
    return Markup(i18n.gettext(lang, message))  # noqa: S704 - our own translations


@lru_cache(maxsize=8192)
def _bare(lang: str, message: str) -> Markup:
    return _translated(lang, message) % {}


@lru_cache(maxsize=8192)
def _form(lang: str, singular: str, plural: str, num: int) -> Markup:
    return Markup(i18n.translation(lang).ngettext(singular, plural, num))  # noqa: S704 - our own translations


def _elsewhere(here: str, url: str) -> bool:
    """Whether a link leads to another origin, where each union has its own; the page that is shown
    for any missing address names whole addresses always."""
    if not url.startswith("/") or url.startswith("/theme/"):
        return False
    if _is_anywhere(here) and here.startswith("/unions/"):
        return True
    return _site(here) != _site(url)


@lru_cache(maxsize=64)
def _is_anywhere(here: str) -> bool:
    folder, _, name = here.rpartition("/")
    return name == "404.html" or f"{folder}/".endswith(FRAMES)


def _site(url: str) -> str:
    parts = url.split("/", 3)
    return parts[2] if parts[1:2] == ["unions"] and len(parts) > 3 else ""


class _Filters(dict[str, Callable[..., str]]):
    """One filter in each language that a page has asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __missing__(self, lang: str) -> Callable[..., str]:
        self[lang] = found = i18n.Formatter(lang).filters()[self._name]
        return found


def _filter(name: str) -> Callable[..., str]:
    filters = _Filters(name)

    @pass_context
    def apply(context: Context, value: Any, *args: Any) -> str:
        return filters[_lang(context)](value, *args)

    return apply
