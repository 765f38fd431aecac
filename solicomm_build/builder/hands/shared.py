"""Divides what is to be made between this machine and those that help with a full build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from solicomm_build.builder import hooks
from solicomm_build.builder.apart import batch, children, pushed
from solicomm_build.builder.apart.batch import Result, Task
from solicomm_build.builder.hands.errand import PAGES, Hands
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.render import Begun, Outcome, Renderer
from solicomm_build.builder.sources import Planned, Sources

_AHEAD = 1000
"""Sites that are made while others make pages: what came of them is told all at once."""


def begin(plan: Plan, hands: Hands | None) -> Begun | None:
    """Has others make the contents that are planned so far, and do what features name ahead; None
    where nobody helps with this build."""
    if hands is None or not plan.full:
        return None
    theirs = _theirs(plan, 0)
    ahead = hooks.ahead(plan.sources, plan.found)
    return Begun(theirs, elsewhere=hands.make(plan, theirs, ahead))


def render(
    warm: Renderer, plan: Plan, known: dict[str, str], begun: Begun, hands: Hands | None
) -> Outcome:
    """Makes the planned pages, contents before what links to them. What nobody else made is made
    here, and so are sites (`sites`) while others are at work. Raises StoreError as
    `Renderer.render` does."""
    if hands is None or begun.elsewhere is None:
        return warm.render(plan.planned, known, plan.read, begun=begun)
    outcome, some = Outcome(), plan.apart[:_AHEAD]
    at_work = [children.fork(partial(_sites, some, warm, plan.sources))] if some else []
    try:
        for phase in (0, 1):
            theirs = begun.pages if phase == 0 else _theirs(plan, phase)
            at_others = begun.elsewhere if phase == 0 else hands.make(plan, theirs)
            urls = {page.url for page in theirs}
            here = [one for one in plan.planned if one.phase == phase and one.url not in urls]
            with warm.begin(here, known, plan.read) as begun_here:
                made, left = at_others()
                outcome.add(made)
                outcome.add(warm.render([*here, *left], known, plan.read, begun=begun_here))
    finally:
        for child in at_work:
            for result in child.join() or ():
                plan.take_ahead(result)
    return outcome


def _theirs(plan: Plan, phase: int) -> list[Planned]:
    pages = (page for page in plan.planned if page.phase == phase)
    return [page for page in pages if page.section.startswith(PAGES)]


def sites(
    plan: Plan, warm: Renderer, sources: Sources, stop: Callable[[], bool]
) -> Iterator[Result]:
    """Builds the sites that are planned apart: first those that were made beside the pages, then
    as `batch.build` does, the newest first."""
    ahead = plan.made_ahead()
    made = {result.section for result in ahead}
    yield from ahead
    rest = [task for task in plan.apart if task.section not in made]
    yield from batch.build(pushed.newest_first(rest), warm, sources, stop=stop)


def _sites(tasks: Sequence[Task], warm: Renderer, sources: Sources) -> list[Result]:
    """In a child."""
    return list(batch.build(tasks, warm, sources, stop=lambda: False))
