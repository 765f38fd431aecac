"""Divides what is to be made between this machine and those that help with a full build."""

from __future__ import annotations

from solicomm_build.builder.hands.errand import PAGES, Hands
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.render import Begun, Outcome, Renderer


def is_shared(plan: Plan, hands: Hands | None) -> bool:
    """Whether others help with this build."""
    return hands is not None and plan.full


def render(
    warm: Renderer, plan: Plan, known: dict[str, str], begun: Begun, hands: Hands | None
) -> Outcome:
    """Makes the planned pages, contents before what links to them. What nobody else made is made
    here. Raises StoreError as `Renderer.render` does."""
    if hands is None or not plan.full:
        return warm.render(plan.planned, known, plan.read, begun=begun)
    outcome = Outcome()
    for phase in (0, 1):
        pages = [page for page in plan.planned if page.phase == phase]
        here = [one for one in pages if not one.section.startswith(PAGES)]
        with warm.begin(here, known, plan.read) as begun_here:
            made, left = hands.make(plan, [one for one in pages if one.section.startswith(PAGES)])
            outcome.add(made)
            outcome.add(warm.render([*here, *left], known, plan.read, begun=begun_here))
    return outcome
