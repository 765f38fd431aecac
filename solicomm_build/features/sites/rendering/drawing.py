"""Draws single pages for editors while they write: see drawing.py for who asks and how.

One child at a time, forked from the warm builder, which never waits for it; the child renders as
all sites are rendered, in a child of its own with limits and behind walls.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial

from solicomm_build.builder.apart import batch, watching
from solicomm_build.builder.contents import Deferred, Place
from solicomm_build.builder.sections import Built
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.features.sites import drawing
from solicomm_build.features.sites.drawing import DONE, Ask, Drawn
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.pages import SitePages
from solicomm_build.features.sites.rendering.surroundings import Surroundings
from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values import sitefiles
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo

_trace = logging.getLogger("solicomm.previews")
_AT_ONCE = 8


@dataclass(slots=True)
class _One:
    """A site of which one page is made, with its style sheet."""

    site: OpenSite
    path: str
    faults: list[tuple[str, str]] = field(default_factory=list)  # said elsewhere of the whole site

    @property
    def until(self) -> str:
        """A page that is drawn does not become old."""
        return ""

    def planned(self) -> Iterator[Planned]:
        """The two."""
        wanted = {self.site.css, self._url()}
        for one in SitePages(self.site).everything():
            if one.url in wanted:
                yield one

    def _url(self) -> str:
        kind, lang = sitefiles.place(self.path), self.site.settings.languages[0]
        if kind == "site":
            return self.site.at.home(lang)
        name = self.path.rpartition("/")[2].removesuffix(".md")
        slug, _, own = name.partition(".")
        return self.site.at.of(kind, slug, own or lang)

    def close(self) -> None:
        """Ends the readers of this process."""
        self.site.sources.close()


class BackgroundDrawing:
    """Answers what is asked beside a running builder. Blocks for a fork only."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._pid = 0

    @property
    def busy(self) -> bool:
        """Whether something is being drawn."""
        return bool(self._pid)

    def built(self, hub: Built, *, public: bool) -> None:
        """What is drawn shows what the last build found, whatever that was."""
        del hub, public

    def step(self, hub: Built) -> None:
        """Looks after the child, and starts the next one when somebody asks."""
        if self._pid:
            ended, _ = os.waitpid(self._pid, os.WNOHANG)
            if not ended:
                return
            self._pid = 0
        asked = self._asked()
        if not asked:
            return
        hub.renderer()  # made here, and not by each child
        self._pid = os.fork()
        if not self._pid:
            self._draw(hub, asked)

    def close(self) -> None:
        """Ends the child."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _asked(self) -> list[tuple[str, Ask]]:
        """What is asked now, and no more afterwards."""
        found: list[tuple[str, Ask]] = []
        with suppress(FileNotFoundError):
            for path in sorted(drawing.asks(self._config).glob("*.json"))[:_AT_ONCE]:
                with suppress(OSError, ValueError, TypeError):
                    found.append((path.stem, Ask(**json.loads(path.read_bytes()))))
                path.unlink(missing_ok=True)
        return found

    def _draw(self, hub: Built, asked: list[tuple[str, Ask]]) -> None:
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            watching.unwatched()  # the children that render have limits
            for name, ask in asked:
                answer(self._config, hub, name, ask)
            sweep(self._config)
            code = 0
        except Exception:  # noqa: BLE001 - the stage's edge: the trace is logged, nothing is lost
            _trace.exception("a page could not be drawn")
        finally:
            os._exit(code)


def answer(config: Config, hub: Built, name: str, ask: Ask) -> None:
    """Draws one page and leaves word of it. Blocking; renders in a child with limits."""
    folder = drawing.place(config, name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    drawn = _drawn(config, hub, name, ask)
    safeio.write_atomic(folder / DONE, json.dumps(asdict(drawn)).encode(), durable=False)


def sweep(config: Config) -> None:
    """Takes away what was drawn minutes ago."""
    before = clock.timestamp() - drawing.KEPT
    for folder in (config.previews / "drawn").iterdir():
        with suppress(OSError):
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _drawn(config: Config, hub: Built, name: str, ask: Ask) -> Drawn:
    if not SLUG.fullmatch(ask.union) or not sitefiles.place(ask.path):
        return Drawn(ask.union, fault="there is no such page")
    sources = Sources(config)
    root = drawing.place(config, name)
    try:
        place = _place(config, ask)
        shown = Surroundings(sources, config, hub.found, hub.env).shown(place)
        overlay = {} if ask.path == sites.FILE else {ask.path: ask.text.encode()}
        site = partial(OpenSite, sources, config, place, shown, hub.env, hub.today, overlay=overlay)
        task = batch.Task(
            f"union:{ask.union}",
            place.repo,
            f"/unions/{ask.union}/",
            sites.FILE,
            name,
            lambda: _One(site(), ask.path),
            {},
        )
        renderer = hub.renderer()
        before, renderer.root = renderer.root, root
        try:
            results = list(batch.build([task], renderer, sources, stop=lambda: False))
        finally:
            renderer.root = before
    except SoliCommError as error:
        return Drawn(ask.union, fault=error.public)
    finally:
        sources.close()
    faults = [reason for result in results for _, reason in result.faults]
    page = next(iter(sorted(root.rglob("index.html"))), None)
    css = next(iter(sorted(root.rglob("*.css"))), None)
    if page is None or css is None:
        return Drawn(ask.union, fault="; ".join(faults) or "there is no such page")
    path = page.relative_to(root).as_posix()
    url = f"/{path.removesuffix('index.html')}"
    return Drawn(ask.union, url, path, css.relative_to(root).as_posix())


def _place(config: Config, ask: Ask) -> Place[sites.Site]:
    """The site as it is on main, with the settings that are asked about."""
    path = config.union_repo(ask.union)
    repo = open_repo(path)
    commit = repo.ref() or Oid("")
    with Reader(repo) as reader:
        blob_id = reader.oid_at(commit, sites.FILE) or ""
        blob = reader.at(commit, sites.FILE) or b""
    if ask.path == sites.FILE:
        blob, blob_id = ask.text.encode(), "drawn"
    site = sites.decode_site(blob, sites.FILE, union=ask.union)
    shows = bool(site.conferences or site.has_shelf)
    return Place(path, commit, Deferred(lambda: site), blob_id, shows)
