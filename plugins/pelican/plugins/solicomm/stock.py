"""A stock Pelican's own site with pages of clones in it: what SOLICOMM in its settings asks for.

    clones ─→ index and plan, as the hub's builder ─→ generators ─→ Pelican's writer

    SOLICOMM = {"conferences": ["clone.git"], "libraries": [], "unions": []}

Nothing of a hub is needed but clones, bare or with files; they are only read. Their pages stand at
the addresses that they have in the hub. docs/howto/pelican.md tells all keys.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pelican.plugins.solicomm.stocktemplates import PREFIXES, adapt

from solicomm_build.builder import assets, hooks, hub, loading
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.follow import follow
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import Publisher
from solicomm_build.builder.render import Job
from solicomm_build.builder.sections import Many
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import LANGUAGES, Config
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import grants
from solicomm_build.people.grant import Grants, HubsWord
from solicomm_build.post.pages import Page

SETTING = "SOLICOMM"
MORE = ("site", "domain", "languages", "lunr")
"""What SOLICOMM may say beside the kinds of clones."""

_NOWHERE = "localhost"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What SOLICOMM says: folders of git by kind and name, that of the hub's own site if there is
    one, the hub's domain, and the languages of the interface, the first one first."""

    clones: Mapping[str, Mapping[str, Path]]
    site: Path | None
    domain: str
    languages: tuple[str, ...]


def folders(config: Config) -> dict[str, Path]:
    """Where the clones of each kind have their place in a hub: conferences, and what features
    add. Copies from other hubs lie in folders of the same names, and come after."""
    many = [one.source for one in hooks.sections() if isinstance(one.source, Many)]
    found = [config.conferences, *(source.folder(config) for source in many)]
    places: dict[str, Path] = {}
    for folder in found:
        places.setdefault(folder.name, folder)
    return places


def read(settings: Mapping[str, Any]) -> Asked:
    """What a site's settings ask for. Raises HubError that names the key, the fault, the remedy."""
    said = settings[SETTING]
    if not isinstance(said, Mapping):
        raise HubError('SOLICOMM is no dict. Write SOLICOMM = {"conferences": ["clone.git"]}')
    kinds = tuple(folders(Config(Path(), "", "", "")))
    if unknown := sorted(set(said) - {*kinds, *MORE}):
        keys = ", ".join((*kinds, *MORE))
        raise HubError(f"SOLICOMM has no key {unknown[0]!r}. Its keys: {keys}")
    places = (Path.cwd(), Path(settings["PATH"]).absolute().parent)
    host = urlsplit(settings["SITEURL"]).hostname
    languages = tuple(said.get("languages", LANGUAGES))
    if not languages or not set(languages) <= set(LANGUAGES):
        raise HubError(f"SOLICOMM: `languages` may name {', '.join(LANGUAGES)}, one at least")
    return Asked(
        {kind: dict(_clones(kind, said.get(kind, ()), places)) for kind in kinds},
        _folder("site", said["site"], places) if said.get("site") else None,
        str(said.get("domain") or host or _NOWHERE),
        languages,
    )


def _clones(kind: str, said: Any, places: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    if isinstance(said, str) or not isinstance(said, Mapping | list | tuple):
        raise HubError(f'SOLICOMM: `{kind}` is no list. Write "{kind}": ["clone.git"]')
    named = said.items() if isinstance(said, Mapping) else ((None, one) for one in said)
    for given, path in named:
        name = given or Path(path).name.removesuffix(".git")
        if not _NAME.fullmatch(name):
            raise HubError(
                f"SOLICOMM: `{kind}`: {name!r} is no name for an address. "
                f'Write "{kind}": {{"name": {str(path)!r}}}'
            )
        yield name, _folder(kind, path, places)


def _folder(kind: str, said: Any, places: tuple[Path, ...]) -> Path:
    """The folder of git of a clone: itself when it is bare, else the `.git` in it."""
    for place in places:
        path = place / str(said)
        for folder in (path / ".git", path):
            if (folder / "HEAD").is_file():
                if open_repo(folder).ref(MAIN) is None:
                    raise HubError(
                        f"SOLICOMM: `{kind}`: {path} has no branch main. Clone it again: "
                        f"git clone --bare ADDRESS {said}"
                    )
                return folder.resolve()
    raise HubError(
        f"SOLICOMM: `{kind}`: there is no clone at {places[0] / str(said)}. "
        f"Make it: git clone --bare ADDRESS {said}"
    )


@dataclass(slots=True, kw_only=True)
class StockJob(Job):
    """A job over clones. `close` takes away what was made for the run, and says what failed."""

    plan: Plan
    sources: Sources
    theme: Path
    folder: tempfile.TemporaryDirectory[str]
    faults: list[tuple[str, str]]
    root: Path
    shown: list[Page] = field(default_factory=list)

    def pages(self, kind: str) -> Iterator[Page]:
        """All pages of the sections of a kind, contents before what links to them."""
        planned = [one for one in self.planned if one.section.partition(":")[0] == kind]
        for one in sorted(planned, key=lambda one: one.phase):
            with self.guard(one.url):
                self.shown.append(page := one.make())
                yield page
        for task in self.plan.apart:
            if task.kind != kind:
                continue
            with self.guard(task.url):
                site = task.open()
                for one in site.planned():
                    with self.guard(one.url):
                        self.shown.append(page := one.make())
                        yield page
                self.faults += [(task.url, reason) for _, reason in site.faults]

    def close(self) -> None:
        """Ends the run."""
        for place, reason in (*self.faults, *self.outcome.failures):
            _log.error("SoliComm: %s: %s", place, reason)
        self.sources.close()
        self.folder.cleanup()


class StaticFiles:
    """Writes our style sheet, scripts and pictures, as a generator of Pelican's does."""

    def __init__(self, *, settings: Mapping[str, Any], **_more: object) -> None:
        self._job: StockJob = settings["SOLICOMM_JOB"]

    def generate_output(self, _writer: object) -> None:
        """Writes them below `theme/`; their names tell what is in them."""
        job = self._job
        assets.publish(job.theme, job.assets, job.publisher)


def job(settings: Mapping[str, Any]) -> StockJob:
    """The job that the settings of a site ask for. Raises HubError. Blocking."""
    asked = read(settings)
    if asked.domain == _NOWHERE:
        _log.warning("SOLICOMM: no `domain`: pages tell to write to %s", _NOWHERE)
    folder = tempfile.TemporaryDirectory(prefix="solicomm-pelican-")  # goes at the end in any case
    config = _hub_of(Path(folder.name), asked, settings)
    sources = Sources(config)
    sources.alone = True
    sources.tree.make()
    commits, shut = loading.reached(config, sources.db)
    found = replace(loading.load(config, sources, commits), pages=())
    roles = partial(_roles, config)
    for name, place in found.conferences.items():
        follow(sources.db, sources, name, place.repo, place.commit, _quiet, roles=roles)
    plan = Plan(config, sources, found, "stock", full=True).made()
    theme = data.theme()
    return StockJob(
        replace(hub.facts(config, found), places=tuple(_places(found))),
        _names(theme),
        plan.planned,
        {},
        Publisher(Path(settings["OUTPUT_PATH"]), packed=False),
        plan.read,
        plan=plan,
        sources=sources,
        theme=theme,
        folder=folder,
        root=Path(settings["OUTPUT_PATH"]),
        faults=[*found.faults, *shut, *plan.faults, *_not_shown(config, found)],
        prefixes=PREFIXES,
        prepare=partial(adapt, theme / "templates", settings),
        is_hub=False,
    )


def _hub_of(root: Path, asked: Asked, settings: Mapping[str, Any]) -> Config:
    """A hub's folder with the clones in their places, for this run alone."""
    config = Config(
        root=root,
        name=str(settings["SITENAME"]),
        domain=asked.domain,
        url=str(settings["SITEURL"]).rstrip("/"),
        languages=asked.languages,
    )
    for kind, folder in folders(config).items():
        folder.mkdir(parents=True)
        for name, clone in asked.clones[kind].items():
            os.symlink(clone, folder / f"{name}.git")
    if asked.site:
        os.symlink(asked.site, config.site_repo)
    return config


def _quiet(_what: str, _done: int) -> None:
    """Nobody waits to be told how far it is."""


def _roles(config: Config) -> Grants:
    """Who was allowed what: as the hub's own site says, else what the hub let into the clones."""
    return grants.read(config, settled=True) if config.site_repo.exists() else HubsWord()


def _names(theme: Path) -> dict[str, str]:
    """The static files without those of the hub's search page."""
    found = assets.names(theme)
    return {name: url for name, url in found.items() if not name.startswith(("search", "stem-"))}


def _places(found: Contents) -> Iterator[tuple[str, str]]:
    """What there is to see: title and address of each place that may be listed."""
    for name, place in found.conferences.items():
        if place.settings.visibility == "public":
            yield place.settings.title_in(""), f"/conferences/{name}/"
    for one in hooks.findable(found):
        if one.is_public:
            yield next(iter(one.title.values()), one.place), f"/{one.place}/"


def _not_shown(config: Config, found: Contents) -> Iterator[tuple[str, str]]:
    """Clones of which no page is made, because not everybody may read them."""
    groups = (found.conferences, *found.places.values())
    shown = {place.repo for places in groups for place in places.values()}
    wrong = {config.root / place for place, _ in found.faults}
    for folder in folders(config).values():
        for repo in sorted(set(folder.glob("*.git")) - shown - wrong):
            place = repo.relative_to(config.root).as_posix()
            yield place, "its `visibility` is not public, so no page is made of it"
