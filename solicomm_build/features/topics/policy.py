"""Rules of posting: what a moderator wants done with a topic goes to the desk; from others the same
waits."""

from __future__ import annotations

from solicomm_build.features.topics import commands
from solicomm_build.features.topics.commands import Script
from solicomm_build.message.auth.authorship import is_automatic, passed_on
from solicomm_build.post import ownwords
from solicomm_build.post.postingcase import Case, Verdict

_COMMAND = "topic-command"


def _script(case: Case) -> Script:
    return commands.read(case.message.text, ownwords.names_of(case.message.from_))


def _moderators(case: Case) -> Verdict | None:
    """What a moderator wants done with a topic is for the desk (work.py)."""
    if not case.to_topic or not case.is_moderator:
        return None
    if is_automatic(case.message) or passed_on(case.message):
        return None
    script = _script(case)
    if not (script.is_whole or script.begins):
        return None
    return Verdict("answer", _COMMAND, "a moderator's command", about_topic=True)


def _others(case: Case) -> Verdict | None:
    """The same from others is no post that anybody would want to read."""
    if not case.to_topic or not _script(case).is_bare:
        return None
    reason = "it consists of a moderator's commands, and its author may not give them"
    return Verdict("hold", _COMMAND, reason)


def _is_order(case: Case) -> bool:
    """Whether it is nothing but commands about the topic. What only begins like a command is a
    post."""
    if not case.to_topic or is_automatic(case.message) or passed_on(case.message):
        return False
    return _script(case).is_bare


def _has_orders(case: Case) -> bool:
    return case.to_topic and bool(_script(case).orders)


RULES = {"emergency": _moderators, "not-addressed": _others}
ORDERS = (_is_order,)
ALSO = {"to-topic": _has_orders}
