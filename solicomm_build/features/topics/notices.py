"""Tells moderators of events in their conference that have no effect, each once.

Such events come by git, from people who may not, from clocks that are wrong, or from typing errors
(features/topics/unheeded.py). A conference is looked at when it has changed, once an hour at most,
since all its events are read for that. `unheeded/<conference>/<eid>.told` in mail.git remembers who
was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan, Write
from solicomm_build.features.topics import letters as topicletters
from solicomm_build.features.topics import unheeded
from solicomm_build.features.topics.letters import Scene
from solicomm_build.features.topics.unheeded import Unheeded
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.people import grants
from solicomm_build.post.cells import hubmail

_REST = timedelta(hours=1)
_MOST = 20
"""So many are told in one mail; the others come with the next."""


def steps(office: Office, looked: Looked[tuple[Oid, datetime]]) -> Iterator[Step]:
    """What moderators are to be told now; each conference is looked at when it has changed."""
    now = clock.now()
    tips = office.tips()
    seen = {name: looked.seen.get(name, (None, now - _REST)) for name in tips}
    due = [
        name
        for name, was in seen.items()
        if was[0] != tips[name] and abs(now - was[1]) >= _REST  # also where a clock was ahead
    ]
    for name in office.watch.each("unheeded", due):
        looked.seen[name] = (tips[name], now)
        if fresh := _fresh(office, name)[:_MOST]:
            yield Step(f"unheeded-{name}-{fresh[0].eid}-{len(fresh)}", _plan(office, name, fresh))


def _fresh(office: Office, name: str) -> list[Unheeded]:
    """The events that nobody was told of."""
    known = partial(grants.read, office.config, settled=True)
    found = unheeded.unheeded(office.config, name, known)
    if not found:
        return []
    with Reader(hubmail.repo_of(office.config, name)) as reader:
        return [one for one in found if reader.oid_at(MAIN, _told(one)) is None]


def _told(one: Unheeded) -> str:
    return f"{unheeded.FOLDER}/{one.conference}/{one.eid}.told"


def _plan(office: Office, name: str, fresh: Sequence[Unheeded]) -> Plan:
    letters = []
    for to in office.moderators(name):
        lang = office.language_of(to.address, name)
        scene = Scene(office, name, fresh[0].tid, "", lang, to.address)
        letters.append(topicletters.without_effect(scene, fresh))
    note = clock.now().isoformat() + "\n"
    files = (
        tuple(Write.to_mail(_told(one), note.encode("ascii")) for one in fresh) if letters else ()
    )
    return Plan(writes=files, letters=tuple(letters), subject=f"Tell moderators of {name}")
