"""What a person wrote into forms and is not public, and answers that wait for a yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from solicomm_build.features.forms import formhome, formstore, unposted
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.history import Cut
from solicomm_build.people.roster import Roster
from solicomm_build.post.store import pastfiles
from solicomm_build.post.store.erasing import Erased, Taking, said_anew


def _told(
    config: Config, members: Roster, number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    person = members.persons.of(number) if number else None
    found = [
        {"conference": conference, **asdict(one), **formhome.told(config, conference, one.mid)}
        for conference, one in formstore.of_person(config, person or "")
    ]
    for address in sorted(addresses):
        for path in formstore.waiting_of(config, address):
            waits = formstore.waiting(config, path.stem)
            if waits is not None:
                facts = {"conference": waits.conference, "form": waits.form, "at": waits.at}
                found.append({**facts, "text": waits.text, "waits": True})
    return found


def _answered(config: Config, person: str) -> Iterator[str]:
    """The ids of a person's answers, whether their posts were taken or not."""
    for _, one in formstore.of_person(config, person):
        yield one.mid


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    for _, repo in formstore.repositories(config):
        answers = {p: oid for p, oid in pastfiles.ever(repo) if formstore.answer_of(p) in gone.mids}
        what = Cut(paths=frozenset(answers), message=said_anew)
        taking.cut(repo, what, answers.values(), len(answers))
    formhome.forget_all(config, gone.mids)
    for path in formstore.waiting_of(config, gone.address) if gone.address else ():
        path.unlink()
        taking.counted("private/forms", 1)


FACTS = {"forms": _told}
MESSAGES = (_answered,)
ERASE = _erase
OVER = (formhome.sweep, unposted.let_go)
