"""What git runs around a push: `python -m solicomm_build.gate.hook pre-receive|post-receive`.

git gives the branches that move on standard input, and passes what is printed on to whoever pushes
(`remote: …`). An exit code other than 0 from `pre-receive` refuses the whole push; so does anything
that goes wrong in here. Started for every push, so it imports what it needs when it needs it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import traceback
from collections.abc import Sequence

from solicomm_build.foundation import bell, clock
from solicomm_build.foundation.errors import ContentError, NotKeptError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate.push import Place, Pusher, Update, place_of, read_pusher, read_updates
from solicomm_build.git.quarantine import QuarantinedRepo, of_hook
from solicomm_build.git.receiving import FINDINGS
from solicomm_build.git.repo import HEADS, MAIN

_MEMORY = 2 << 30  # octets of address space for us and the gits we start
_CPU = 90  # seconds


def main(name: str) -> int:
    """Runs one hook; the exit code for git."""
    repo = of_hook(os.environ)
    try:
        place = place_of(repo.path)
        pusher = read_pusher(os.environ)
        updates = read_updates(sys.stdin)
    except (SoliCommError, ValueError, KeyError) as error:
        print(f"This push cannot be checked, so nothing was taken: {error}")
        return 1
    step = _before if name == "pre-receive" else _after
    try:
        return step(repo, place, pusher, updates)
    except Exception:  # noqa: BLE001 - the edge of the stage: refuse, and keep the trace
        _note(place.config)
        print("The hub could not check this push. Nothing was taken; please tell its operator.")
        return 1


def _before(repo: QuarantinedRepo, place: Place, pusher: Pusher, updates: Sequence[Update]) -> int:
    from solicomm_build.gate.judge import judge

    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _CPU)):
        with contextlib.suppress(ValueError, OSError):  # it is lower already
            resource.setrlimit(what, (most, most))
    found = judge(repo, place, pusher, updates)
    if found.faults or found.warnings:
        from solicomm_build.gate import words

        lang = _language(repo, place, pusher)
        lines = words.refusal(found.faults, lang) if found.faults else []
        print("\n".join([*lines, *words.notes(found.warnings, lang)]))
        if where := os.environ.get(FINDINGS):
            _leave(where, found.faults, found.warnings, lang)
    if not found.faults and place.config.cluster.is_shared:
        from solicomm_build.git.replica import machine

        try:
            machine.offer(place.config, repo, {update.ref: update.new for update in updates})
        except NotKeptError as error:
            print(f"Nothing was taken: {error.public}. Push again in a moment.")
            return 1
    return 1 if found.faults else 0


def _leave(
    where: str, faults: Sequence[ContentError], warnings: Sequence[ContentError], lang: str
) -> None:
    """Writes what was found for an editor of ours, who shows it at its place (siteedits.py)."""
    import json

    from solicomm_build.gate import words

    def rows(found: Sequence[ContentError]) -> list[dict[str, str | int]]:
        return [
            {"file": one.file, "line": one.line, "said": words.sentence(one, lang)} for one in found
        ]

    with open(where, "w", encoding="utf-8") as file:
        json.dump({"faults": rows(faults), "notes": rows(warnings)}, file)


def _after(repo: QuarantinedRepo, place: Place, pusher: Pusher, updates: Sequence[Update]) -> int:
    """Wakes who waits for new commits, writes down who pushed, says where it can be seen."""
    from solicomm_build.gate import address, hooks, words
    from solicomm_build.git.pushes import note_pushes

    drafts = hooks.drafts_of(place.kind)
    if drafts and any(update.ref != MAIN for update in updates):
        gone = [update.ref.removeprefix(HEADS) for update in updates if update.new is None]
        drafts.moved(place.config, place.id, gone)
    _ring(place)
    lang = _language(repo, place, pusher)
    for update in updates:
        if update.new is None:
            continue
        where = address.shown(place, update.ref)
        if where:
            print(words.accepted(where, lang, draft=update.ref != MAIN))
    at = clock.now().isoformat(timespec="seconds")
    note_pushes(
        place.config,
        [
            {
                "at": at,
                "person": pusher.person,
                "grant": pusher.grant,
                "repo": place.name,
                "ref": update.ref,
                "old": update.old or "",
                "new": update.new or "",
            }
            for update in updates
        ],
    )
    return 0


def _ring(place: Place) -> None:
    config = place.config
    bell.of_builder(config.state).ring()
    if place.kind == "conferences":
        from solicomm_build.foundation.spool import Spool

        Spool(config.spool_desk).ring()
        Spool(config.spool_out).ring()


def _language(repo: QuarantinedRepo, place: Place, pusher: Pusher) -> str:
    """The pusher's language; else the first one of the repository; else the hub's."""
    from solicomm_build.gate import words

    if pusher.lang:
        return pusher.lang
    return words.language_of(repo, place) or place.config.languages[0]


def _note(config: Config) -> None:
    """Keeps the trace of what went wrong here in `state/gate.log`."""
    with (
        contextlib.suppress(OSError),
        open(config.state / "gate.log", "a", encoding="utf-8") as log,
    ):
        log.write(f"{clock.now().isoformat(timespec='seconds')} {traceback.format_exc()}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "pre-receive"))
