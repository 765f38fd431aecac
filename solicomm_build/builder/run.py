"""The builder: reads what changed in git since the last build, writes the pages that show it.

    commits since the last build ─→ index ─→ plan ─→ render (Pelican, forked) ─→ public/ ─→ cursor

The order makes it safe to kill at any moment. The index moves in one transaction that also notes
what it touched; the note is dropped only when the pages are on disk; the cursor moves last.
Written twice is the same bytes. What a page shows is a function of the repositories, so building
commit by commit and building all at once give the same files.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

from solicomm_build.builder import assets, cursors, hooks, hub, loading, publish, published, tree
from solicomm_build.builder.apart import batch, noted, pushed
from solicomm_build.builder.apart.retries import Retries
from solicomm_build.builder.conferences import state
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.follow import Progress, follow_all
from solicomm_build.builder.front.branding import Following
from solicomm_build.builder.hands import shared
from solicomm_build.builder.hands.errand import Hands
from solicomm_build.builder.plan import Plan, apart_of
from solicomm_build.builder.published import Report
from solicomm_build.builder.render import Begun, Renderer
from solicomm_build.builder.sections import Built
from solicomm_build.builder.sources import Sources, digest
from solicomm_build.foundation import clock, maillog, outside, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid
from solicomm_build.git.tips import Tips
from solicomm_build.post.pages import HubFacts

_trace = logging.getLogger("solicomm.pages")

_MANY = 200
"""Repositories that a builder reads the settings of in a tenth of a second or two."""
_AT_ONCE = 100
"""Sites whose pages are made durable and noted together."""


class Builder:
    """A warm builder of one hub; holds no lock between builds."""

    def __init__(
        self,
        config: Config,
        theme: Path,
        *,
        progress: Progress | None = None,
        log: MailLog | None = None,
        retries: Retries | None = None,
        hands: Hands | None = None,
    ) -> None:
        """`hands` are machines that help with full builds."""
        self._following = Following(config)
        self._config = config
        self._log = log or maillog.to_nobody()
        self._theme = theme
        self._sources, self._hands = Sources(config), hands
        self._closed = Sources(config, tree.members(config))
        self._closed_key = ""
        self._progress = progress or (lambda what, done: None)
        self._retries = retries or Retries()
        self._looks: dict[Path, Tips] = {}
        self._seen: dict[Path, Oid] = {}
        self._put_off: dict[Path, Oid] = {}  # seen, too, and not shown yet
        self._today: date | None = None
        self._hour = 0
        self._contents: Contents | None = None
        self._renderer: Renderer | None = None
        self._renderer_key = ""
        self._facts: HubFacts | None = None
        self._theme_key = ""
        self._unfinished = False

    @property
    def contents(self) -> Contents | None:
        """What the last build found on the hub."""
        return self._contents

    @property
    def built(self) -> Built:
        """The hub as of the last build. After a build."""
        found, today = self._contents, self._today or clock.now().date()
        assert found is not None  # noqa: S101 - after a build
        warm = lambda: self._warm  # noqa: E731 - asked when it is needed
        return Built(found, self._renderer_key, today, self._unfinished, warm, self._hands)

    def close(self) -> None:
        """Ends what the builder holds open."""
        self._sources.close()
        self._closed.close()

    def warm(self) -> None:
        """Loads all that rendering needs, so that the next post need not wait for it."""
        if self._facts is not None:
            _ = self._warm

    def rest(self) -> None:
        """Lets go of what the last builds have read."""
        for sources in (self._sources, self._closed):
            sources.rest()

    def mark(self) -> str | None:
        """What tells that nothing has moved since the last build (loading.py); None where that left
        something for later, or another builder would have much to read."""
        seen, waits = self._following.seen, self._unfinished or self._put_off
        if waits or self._retries.repos or seen is None or len(self._seen) > _MANY:
            return None
        return loading.mark(self._config, self._seen, (self._today, self._hour), seen)

    def build(
        self, *, full: bool = False, patience: float | None = None, apart: bool = True
    ) -> Report:
        """Brings public/ up to date with the repositories. Blocking; one build of a hub at a time.

        `full` drops what is known and makes every page anew; its result is the same bytes.
        After `patience` seconds no further union site is begun; the next build goes on with them,
        and `report.unfinished` says so. All else is always finished. A site whose renderer was
        killed is tried again, by builds that come later, too. Without `apart` none is looked at.
        """
        with safeio.locked(self._config.state / "build.lock"):
            started = clock.timestamp()
            if full:
                self._forget()
            elif self._sources.is_replaced or self._closed.is_replaced:
                self._begin_again()  # another process built in full
            report = self._build(full, patience, apart)
            while report.unfinished and patience is None and apart:
                report.go_on(self._build(False, None, apart))
            self._unfinished = report.unfinished
            report.seconds = clock.timestamp() - started
            if not report.idle:
                self._note(report)
            return report

    def _forget(self) -> None:
        """Drops what is known on the disk, too."""
        self._begin_again()
        for sources in (self._sources, self._closed):
            sources.tree.forget()

    def _begin_again(self) -> None:
        """Knows nothing but what the state on the disk says."""
        self._seen, self._put_off, self._contents = {}, {}, None
        self._closed_key = ""
        self._retries.clear()
        for sources in (self._sources, self._closed):
            sources.close()

    def _build(self, full: bool, patience: float | None, apart: bool) -> Report:
        db, today, hour = self._sources.db, clock.now().date(), clock.past_hour()
        commits, shut = loading.reached(self._config, db, self._looks)
        moved = self._following.moved()
        self._config = self._following.config
        same = not moved and commits == self._seen | self._put_off
        same = same and (today, hour) == (self._today, self._hour)
        if same and not self._retries.due and not state.pending(db):
            return Report(idle=True)
        self._today, self._hour = today, hour
        found = self._load(commits)
        report = Report(failures=[*found.faults, *shut, *self._following.look.faults])
        if full and self._hands:
            self._hands.begin(found, self._renderer_key)
            self._sources.readers = self._hands.read
            repos = [one.repo for one in found.conferences.values()]
            self._hands.index(self._sources, repos, self.warm)
        self._follow(self._sources, found)
        plan = Plan(
            self._config, self._sources, found, self._renderer_key, full=full, today=today
        ).of_commits()
        plan.with_apart = apart
        with self._begun(plan) as begun:
            if patience is not None and apart and begun.elsewhere is None:
                begun.beside = pushed.Pushed(plan, self._looks, commits, lambda: self._warm)
            plan.of_days().of_sections()
            plan.apart = self._retries.sifted(plan.apart)
            report.failures += plan.faults
            report.public = not plan.is_empty
            if report.public:
                self._publish(plan, begun, report)
        self._for_members(found, report, full)
        if not report.public and not report.members:
            self._remember(commits, set())
            report.idle = True
            return report
        late = (
            pushed.late(self._config, db, self._looks, commits)
            if patience is not None and report.public
            else {}
        )
        if late:
            commits |= late
            plan.look_again(self._load(commits))
            plan.apart = self._retries.sifted(plan.apart)
        sites = self._retries.repos | {task.repo for task in plan.apart}
        if not apart:
            sites |= apart_of(self._config, commits)
        self._advance({repo: tip for repo, tip in commits.items() if repo not in sites}, report)
        waiting = self._sites(db, plan, batch.patience(patience), report) if apart else {*sites}
        if plan.with_assets:  # the theme's files have other names: those before go at the end
            state.reflect(db, state.SWEPT, "")
        if not waiting and (full or not state.reflected(db, state.SWEPT)):
            self._sweep(db, report)
            state.reflect(db, state.SWEPT, "once")
        shown = sites - waiting - self._retries.repos
        self._advance({repo: tip for repo, tip in commits.items() if repo in shown}, report)
        # who was late is looked at once more: the hub's pages show its title, too
        self._remember(commits, waiting | late.keys())
        report.unfinished = bool(waiting)
        return report

    def _remember(self, commits: dict[Path, Oid], again: set[Path]) -> None:
        """Notes what a build saw; it is not the last to look at what is to be looked at `again`."""
        lost = self._retries.repos
        looked_at = {repo: tip for repo, tip in commits.items() if repo not in again}
        self._seen = {repo: tip for repo, tip in looked_at.items() if repo not in lost}
        self._put_off = {repo: tip for repo, tip in looked_at.items() if repo in lost}

    def _follow(self, sources: Sources, found: Contents) -> None:
        follow_all(sources, found.conferences, self._progress)

    def _for_members(self, found: Contents, report: Report, full: bool) -> None:
        """Brings the tree of conferences for members only up to date. Without any there is none."""
        now = {name: (one.commit, one.settings_blob) for name, one in found.closed.items()}
        around = found.commits, outside.everything(self._config)
        key = digest(self._renderer_key, self._today, self._hour, now, around)
        place = self._closed.tree
        if (key == self._closed_key and not full) or not (now or place.is_there):
            return
        place.make()
        shown = found.for_members
        self._follow(self._closed, shown)
        plan = Plan(
            self._config,
            self._closed,
            shown,
            self._renderer_key,
            full=full,
            today=self._today,
            assets=False,
        ).of_conferences()
        known = published.known(self._closed, plan)
        outcome = self._warm.render(plan.planned, known, plan.read, self._closed)
        gone = published.take(self._closed, plan, outcome)
        gone += published.away(place, found.closed)
        if full or not state.reflected(self._closed.db, state.SWEPT):
            gone += published.sweep(self._closed)
            state.reflect(self._closed.db, state.SWEPT, "once")
        self._closed_key = key
        report.members = True
        report.add(outcome, gone)

    def _load(self, commits: dict[Path, Oid]) -> Contents:
        """Reads the hub's settings; drops the renderer when what all pages show changed."""
        self._theme_key = self._theme_key or assets.our_key(self._theme, self._config.state)
        found = loading.load(
            self._config, self._sources, commits, self._contents, code=self._theme_key
        )
        self._contents = found
        self._facts = hub.facts(self._config, found, self._following.look)
        key = digest(self._theme_key, self._facts, hub.settings_key(self._config))
        if key != self._renderer_key:
            self._renderer, self._renderer_key = None, key
        return found

    @property
    def _warm(self) -> Renderer:
        """The renderer, made when the first page needs it: a build without news does not."""
        if self._renderer is None:
            assert self._facts is not None  # noqa: S101 - _load looked them up
            names = assets.kept_names(
                self._config.state, self._renderer_key, self._theme, self._following.look
            )
            self._renderer = Renderer(self._sources, self._facts, self._theme, names)
        return self._renderer

    def _begun(self, plan: Plan) -> Begun:
        """Has the contents that are planned so far made, while the rest is being planned: a new
        post is on its page first."""
        if (begun := shared.begin(plan, self._hands)) is not None:
            return begun
        if not any(page.phase == 0 for page in plan.planned):
            return Begun()
        return self._warm.begin(plan.planned, published.known(self._sources, plan), plan.read)

    def _publish(self, plan: Plan, begun: Begun, report: Report) -> None:
        """Makes what is planned of the public tree, and notes what the pages now show."""
        sources, dress = self._sources, self._following.look.dressed
        known = published.known(sources, plan)
        if plan.with_assets:
            begun.theme = assets.begin(self._theme, self._warm.assets, sources, dress)
        outcome = shared.render(self._warm, plan, known, begun, self._hands)
        outcome.add(begun.theme_outcome())
        report.add(outcome, published.take(sources, plan, outcome))

    def _sites(
        self, db: sqlite3.Connection, plan: Plan, stop: Callable[[], bool], report: Report
    ) -> set[Path]:
        """Builds what is planned apart until `stop` says so; returns the repositories not shown
        yet."""
        tasks = noted.begun(db, plan.apart, [one.section for one in plan.made_ahead()])
        waiting, done = set(tasks), []
        for result in shared.sites(plan, self._warm, self._sources, stop):
            task = tasks[result.section]
            if result.ended == "lost":
                _trace.warning("%s: %s", task.url.strip("/"), result.faults[-1][1])
            counts = self._retries.judged(task, result)
            done.append((task, counts))
            if counts.ended != "more":
                waiting.discard(task.section)
            if len(done) >= _AT_ONCE:
                self._note_sites(db, done, report)
                done = []
        self._note_sites(db, done, report)
        return noted.left(db, tasks, waiting)

    def _note_sites(
        self, db: sqlite3.Connection, done: list[tuple[batch.Task, batch.Result]], report: Report
    ) -> None:
        """Makes the pages of these sites durable, takes away what they no more have, notes it."""
        if not done:
            return
        publisher = publish.Publisher(self._config.public)
        gone: dict[str, list[str]] = {}
        for task, result in done:
            keep = result.paths | {output.path for output in result.outcome.outputs}
            had = noted.paths(db, task.section) if result.ended == "done" else set()
            gone[task.section] = sorted(had - keep)
            for path in gone[task.section]:
                publisher.remove("/" + path)
        publish.sync(self._config.public)
        db.execute("BEGIN IMMEDIATE")
        for task, result in done:
            noted.note(db, task, result, gone[task.section])
            report.pages += len(result.outcome.outputs)
            report.written += len(result.outcome.written)
            report.removed += len(gone[task.section])
            report.failures += [
                *result.outcome.failures,
                *((f"{task.url}{file}", reason) for file, reason in result.faults),
            ]
        db.execute("COMMIT")

    def _sweep(self, db: sqlite3.Connection, report: Report) -> None:
        """Takes away every file that nothing makes; a site that died keeps what it had."""
        stays = set()
        for section, source in hooks.apart():
            rows = db.execute(
                "SELECT path FROM failure WHERE path GLOB ? AND reason GLOB ?",
                (section.url("*") + source.file, f"{batch.NOT_BUILT}*"),
            )
            for (path,) in rows:
                folder = self._config.public / path.removesuffix(source.file).strip("/")
                for file in folder.rglob("*"):
                    stays.add(file.relative_to(self._config.public).as_posix())
        report.removed += len(published.sweep(self._sources, stays))

    def _advance(self, commits: dict[Path, Oid], report: Report) -> None:
        """Moves the builder's cursor in the repositories that moved; what is locked out stays."""
        moved = {repo: tip for repo, tip in commits.items() if self._seen.get(repo) != tip}
        report.failures += cursors.advance(self._config, moved, self._log)

    def _note(self, report: Report) -> None:
        """Leaves word of the last build for `solicomm status`, with all that is wrong on sites."""
        rows = [
            row
            for section, _ in hooks.apart()
            for row in self._sources.db.execute(
                "SELECT path, reason FROM failure WHERE path GLOB ? ORDER BY path",
                (section.url("*") + "*",),
            )
        ]
        failures = dict.fromkeys([*report.failures, *rows])
        text = json.dumps(
            {
                "at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
                "pages": report.pages,
                "written": report.written,
                "removed": report.removed,
                "seconds": round(report.seconds, 3),
                "failures": [[place, reason] for place, reason in [*failures][:50]],
            },
            ensure_ascii=False,
        )
        safeio.write_atomic(self._config.state / "build.json", text.encode(), durable=False)
