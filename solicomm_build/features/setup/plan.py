"""All steps for one set of answers, in the order in which a machine can take them.

Everything that needs no word of the world comes first, with a certificate that stands in; then a
person has published the records, and the rest follows. A hub in an office asks the world nothing.
"""

from __future__ import annotations

from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.step import Step
from solicomm_build.features.setup.steps import ground, hub, mail, office, running, web


def steps(answers: Answers) -> tuple[Step, ...]:
    """The whole way."""
    first = (*ground.steps(answers), *hub.steps(answers))
    servers = (*mail.steps(answers), *running.steps(answers))
    last = (
        *((running.backups(answers),) if answers.backup else ()),
        running.whole(answers),
    )
    if answers.local:
        certificate, named = office.certificate(answers), office.name(answers)
        return (*first, certificate, *servers, named, office.web(answers), *last)
    front, certificate = web.front(answers), web.certificate(answers)
    shown = (front, certificate) if answers.server == "caddy" else (certificate, front)
    return (*first, web.stand_in(answers), *servers, hub.waiting(answers), *shown, *last)
