"""Renders planned pages with Pelican, in forked children. Pelican is used through bare.py only.

Pelican gets a closed list of settings built here, an empty content path and our plugins by name;
it never sees a tenant's file or setting. It keeps module-global state, so each build runs in a
fork of this warm process: everything is imported and the templates are compiled before.
"""

from __future__ import annotations

import contextlib
import gc
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import jinja2

from solicomm_build.builder import bare, compiled
from solicomm_build.builder.apart import blame, children, walls, watching
from solicomm_build.builder.apart.closed import closed
from solicomm_build.builder.compiled import Code
from solicomm_build.builder.publish import Output, Publisher, path_of
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.foundation import bell, confined, i18n
from solicomm_build.foundation.errors import WentAwayError
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.watch import HELD, LOOK
from solicomm_build.post.pages import HubFacts, Page
from solicomm_build.post.presenters import presenters

WORKERS = children.COUNT
COLLECTED = 20_000
"""Objects that a child makes between two looks for cycles: each page leaves some, and after 700,
Python's own figure, a thirtieth of the time went into looking."""
_RUN = 32
"""Neighbours that one child makes."""
_WAVE = 512
"""Pages of what is carried that the same children make."""
_MANY = 64
"""Pages of a child that nobody waits for: those of a post are fewer."""
_NICE = 6
_AGAIN = 3
"""Times that a page is made once more of which git went away, as it does for want of memory: each
time asks it twice."""
_SMALL = 32
"""Up to this many pages, as those that mention a post, one child is done as soon as several, with a
tenth less of the processors for the post: each child copies memory that it shares."""


@dataclass(slots=True)
class Outcome:
    """What a child did: manifest rows, memo rows, failures (path, reason), files written; the
    (language, message)s that it has translated; and the pages of which a git went away that was
    asked for them, which are failures until they are made."""

    outputs: list[Output] = field(default_factory=list)
    memo: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    said: tuple[tuple[str, str], ...] = ()
    unread: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Takes in what another child did."""
        self.outputs += other.outputs
        self.memo += other.memo
        self.failures += other.failures
        self.written += other.written
        self.unread += other.unread


Making: TypeAlias = Callable[[], tuple[Outcome, list[Planned]]]
"""Pages that other machines make: waits for them; what was done, and those that nobody made."""


class Beside(Protocol):
    """What is looked after while children make pages."""

    def wait(self, readings: Sequence[int]) -> None:
        """Until there is something to read in each of these pipes."""

    def end(self) -> None:
        """Waits for all that it has begun. Safe to call again."""


@dataclass(slots=True)
class Begun:
    """Pages that children make now, and those `elsewhere`, and files of the theme; `beside` is
    looked after meanwhile. Use it with `with`: at its end no child is at work any more."""

    pages: Sequence[Planned] = ()
    at_work: list[children.Child[Outcome]] = field(default_factory=list)
    elsewhere: Making | None = None
    theme: list[children.Child[Outcome]] = field(default_factory=list)
    beside: Beside | None = None

    def outcome(self) -> Outcome:
        """Waits for the children. Raises StoreError when one died."""
        if self.beside is not None:
            self.beside.wait([child.reading for child in self.at_work])
        at_work, self.at_work = self.at_work, []
        outcome = Outcome()
        for part in children.end(at_work):
            outcome.add(part)
            for lang, message in part.said:
                i18n.gettext(lang, message)  # the next child knows it
        return outcome

    def theme_outcome(self) -> Outcome:
        """Waits for the files of the theme. Raises StoreError when their child died."""
        at_work, self.theme, outcome = self.theme, [], Outcome()
        for part in children.end(at_work):
            outcome.add(part)
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in (*self.at_work, *self.theme):
            child.join()
        if self.beside is not None:
            self.beside.end()


@dataclass(slots=True)
class Job:
    """What the plugins find in the settings: pages to show, and where to put them."""

    hub: HubFacts
    assets: dict[str, str]
    planned: Sequence[Planned]
    known: dict[str, str]  # path -> key of what lies there; empty when all is to be made anew
    publisher: Publisher
    read: Callable[[str, str], bytes]  # (section, oid) -> blob
    outcome: Outcome = field(default_factory=Outcome)
    env: Any = None  # the templates' environment, made by the warm-up and shared from then on
    now: Page | None = None  # the page that is being made
    is_hub: bool = True
    prefixes: Sequence[str] = ("",)  # where templates are looked for
    prepare: Callable[[Any], None] | None = None  # an environment that is not ours
    lacking: Exception | None = None  # why pages could not be made that can be made later
    went_away: WentAwayError | None = None  # the git that was asked for one

    def pages(self, kind: str) -> Iterator[Page]:
        """The pages of the sections of a kind whose keys differ from what is published. One that
        cannot be looked up is a failure of its own and stops no other."""
        watch = watching.here()
        for planned in self.planned:
            if planned.section.partition(":")[0] != kind:
                continue
            if watch.is_aside(mark := f"page:{planned.url}"):
                self.outcome.failures.append((planned.url, HELD.format(stage="build")))
                continue
            with self.guard(planned.url), watch.item(mark, seconds=LOOK):
                hold("page", planned.url.encode())
                page = planned.make()
                if self.known.get(path_of(page.url)) != page.key:
                    yield page

    @staticmethod
    def path(url: str) -> str:
        """The file of an address, below the root."""
        return path_of(url)

    def put(self, page: Page, data: bytes, *, url: str | None = None) -> None:
        """Publishes a page's bytes, or (with `url`) those of a file that belongs to it, and perhaps
        to others."""
        key, shared = (page.key, False) if url is None else ("", True)
        self.outcome.outputs.append(
            self.publisher.put(url or page.url, data, section=page.section, key=key, shared=shared)
        )

    @contextlib.contextmanager
    def guard(self, url: str) -> Iterator[None]:
        """A fault in here is noted as the page's failure; the other pages go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the edge of a page: quarantine, not a dead site
            reason = "".join(traceback.format_exception(error)[-3:])
            self.outcome.failures.append((url, reason))
            if isinstance(error, WentAwayError):
                self.outcome.unread.append(url)
                self.went_away = error
            if blame.is_shortage(error):
                self.lacking = error


JobType = TypeVar("JobType", bound=Job)


class Renderer:
    """A warm process that forks to render. `theme` is the theme's folder."""

    def __init__(
        self,
        sources: Sources,
        hub: HubFacts,
        theme: Path,
        assets: dict[str, str],
        *,
        is_warm: bool = True,
    ) -> None:
        """One that is not warm only compiles templates."""
        self._sources = sources
        self._hub = hub
        self._theme = theme
        self.assets = assets
        self.root = sources.root  # where pages go; a child may set another folder
        self._env: Any = None
        self._code = Code()
        self._empty = sources.config.state / "empty"  # where Pelican looks for articles
        self._empty.mkdir(parents=True, exist_ok=True)
        for lang in hub.languages:
            i18n.warm(lang)
        if is_warm:
            self._warm()

    def _warm(self) -> None:
        """Runs Pelican once over nothing: all is imported then and the templates are there. What
        features show with is loaded too, and what a child may read is looked up, or every child
        would do so anew."""
        presenters()
        confined.python_reads()
        self._code = Code(self.templates())
        self._env = self._run_over_nothing()
        self._code.known.clear()

    def templates(self) -> dict[str, bytes]:
        """The templates' code: what is kept of it, or else it is compiled, and kept. Blocking."""
        return compiled.kept(compiled.of(self._sources.config), self._theme, self.compile)

    def compile(self) -> dict[str, bytes]:
        """The templates' code, which takes about a second. In a child, or a process of its own."""
        self._run_over_nothing()
        return self._code.known

    def _run_over_nothing(self) -> Any:
        publisher = Publisher(self.root)
        job = Job(self._hub, self.assets, (), {}, publisher, lambda section, oid: b"")
        self._run(job)
        return job.env

    def _run(self, job: Job) -> None:
        bare.run(self._settings(job))

    def _jinja(self) -> dict[str, Any]:
        return {
            "autoescape": True,
            "auto_reload": False,
            "bytecode_cache": self._code,
            "extensions": ["jinja2.ext.i18n"],
            "lstrip_blocks": True,
            "trim_blocks": True,
            "undefined": jinja2.StrictUndefined,
        }

    def render(
        self,
        planned: Sequence[Planned],
        known: dict[str, str],
        read: Callable[[str, str], bytes],
        sources: Sources | None = None,
        begun: Begun | None = None,
    ) -> Outcome:
        """Makes the planned pages whose keys are not `known`, contents before what links to them;
        in the tree of `sources`, if they are others than this renderer's own. Waits for what was
        `begun`. A page of which git went away is made once more, by another git, some times.

        Raises StoreError when a child dies (out of memory, killed): nothing is then lost but time.
        """
        outcome = begun.outcome() if begun else Outcome()
        begun_with = {page.url for page in begun.pages} if begun else set()
        for phase in (0, 1):
            pages = [one for one in planned if one.phase == phase and one.url not in begun_with]
            for some in _waves(pages, (sources or self._sources).packed):
                more = self._begin(some, known, read, sources)
                more.beside = begun.beside if begun else None
                outcome.add(more.outcome())
        for _ in range(_AGAIN):
            unread = {*outcome.unread}
            pages = [one for one in planned if one.url in unread]
            if not pages:
                break
            again = self._begin(pages, known, read, sources).outcome()
            outcome.failures = [one for one in outcome.failures if one[0] not in unread]
            outcome.unread = []
            outcome.add(again)
        return outcome

    def begin(
        self,
        planned: Sequence[Planned],
        known: dict[str, str],
        read: Callable[[str, str], bytes],
    ) -> Begun:
        """Begins to make those of the first phase among these pages, of many that are carried the
        first; `render` goes on with the others."""
        phase = min((page.phase for page in planned), default=0)
        contents = [page for page in planned if page.phase == phase]
        first = next(_waves(contents, self._sources.packed), [])
        return self._begin(first, known, read, None)

    def _begin(
        self,
        pages: Sequence[Planned],
        known: dict[str, str],
        read: Callable[[str, str], bytes],
        sources: Sources | None,
    ) -> Begun:
        workers = min(len(pages), 1) if len(pages) <= _SMALL else WORKERS
        parts = [_part(pages, number, workers) for number in range(workers)]
        make = partial(self._child, known, read, sources or self._sources)
        if not self._sources.packed:
            bell.give_back()  # each child would copy some of it
        return Begun(pages, children.begin([partial(make, part) for part in parts]))

    def job(self, kind: type[JobType], pages: Sequence[Planned], **more: Any) -> JobType:
        """A job of this renderer's hub, ready to `run`."""
        publisher = Publisher(self.root, packed=self._sources.packed)
        return kind(self._hub, self.assets, pages, publisher=publisher, env=self._env, **more)

    def run(self, job: Job) -> None:
        """Runs Pelican over the job. Only in a child: Pelican keeps module-global state."""
        self._run(job)

    def shut_in(self, *themes: Path) -> None:
        """Leaves a child what it needs to make pages, with these themes besides (walls.py)."""
        walls.put_up(self._sources.config, self._theme, self._empty, *themes)

    def _child(
        self,
        known: dict[str, str],
        read: Callable[[str, str], bytes],
        sources: Sources,
        pages: Sequence[Planned],
    ) -> Outcome:
        gc.set_threshold(COLLECTED)
        if len(pages) > _MANY:
            with contextlib.suppress(OSError):  # a service manager may forbid it
                os.nice(_NICE)
        known_words = i18n.said()
        self.shut_in()
        publisher = Publisher(sources.root, packed=sources.packed)
        job = Job(self._hub, self.assets, pages, known, publisher, read, env=self._env)
        self._run(job)
        if job.lacking is not None:
            raise job.lacking  # else the pages would be taken for those that they should be
        job.outcome.memo = list(sources.fresh_texts())
        job.outcome.written = publisher.written
        job.outcome.said = i18n.said_since(known_words)
        sources.close()
        return job.outcome

    def _settings(self, job: Job) -> dict[str, Any]:
        """Every setting Pelican gets. Nothing in it comes from content."""
        return {**self._always, "OUTPUT_PATH": os.fspath(self.root), "SOLICOMM_JOB": job}

    @cached_property
    def _always(self) -> dict[str, Any]:
        """Those that are the same for every job. A child may change what it has of them."""
        return bare.read_settings(
            override={
                **closed(),
                "SOLICOMM_JOB": None,
                "PATH": os.fspath(self._empty),
                "THEME": os.fspath(self._theme),
                "THEME_STATIC_PATHS": [],
                "ARTICLE_PATHS": [],
                "PAGE_PATHS": [],
                "DIRECT_TEMPLATES": [],
                "PLUGINS": ["pelican.plugins.solicomm"],
                "SITENAME": self._hub.name,
                "SITEURL": self._hub.url,
                "JINJA_ENVIRONMENT": self._jinja(),
            }
        )


def _waves(pages: list[Planned], at_once: bool) -> Iterator[list[Planned]]:
    """The pages that children make before others take over: all `at_once` where somebody waits, and
    what is carried in little memory, since a child grows with each page."""
    wave = max(len(pages), 1) if at_once else _WAVE
    for low in range(0, len(pages), wave):
        yield pages[low : low + wave]


def _part(pages: Sequence[Planned], number: int, workers: int) -> list[Planned]:
    """A worker's share: runs of neighbours, which are made of the same things."""
    run = min(_RUN, -(-len(pages) // workers))
    return [page for at, page in enumerate(pages) if at // run % workers == number]
