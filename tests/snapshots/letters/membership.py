"""Letters about membership, as their functions write them."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.desk import lettering, letters
from solicomm_build.features.lists import welcoming
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, STRANGER, TOKEN, Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    office, lang = stage.office, stage.lang
    for kind in ("join:water", "x"):
        yield (
            f"asked to join, kind {kind}",
            letters.ask_join(office, "water", ANA, lang, TOKEN, kind=kind),
        )
    yield "invited", letters.invite(office, "water", ANA, lang, TOKEN)
    yield "asked to stay", letters.stay(office, "water", ANA, lang, TOKEN, "What has moved.")
    yield "asked to leave", letters.ask_leave(office, "water", ANA, lang, TOKEN, kind="leave:water")
    rows = ["set digest daily", "pause"]
    yield (
        "asked for commands",
        letters.ask_commands(office, "water", ANA, lang, TOKEN, rows, kind="x"),
    )
    wrote = letters.ask_wrote(
        office,
        "water",
        STRANGER,
        lang,
        TOKEN,
        "water@hub.example",
        "Strike on Friday",
        kind="wrote:water",
    )
    yield "asked whether he wrote", wrote
    new = "ana@new.example"
    yield (
        "old address asked",
        letters.ask_old_address(office, "water", ANA, lang, TOKEN, new, kind="x"),
    )
    yield "new address asked", letters.ask_new_address(office, "water", new, lang, TOKEN, kind="x")
    yield "moved, to the old address", letters.moved(office, "water", ANA, lang, new)
    yield "moved, to the new address", letters.moved(office, "water", new, lang, new)
    yield "address taken", letters.taken(office, "water", new, lang)
    for options in (
        {},
        {"digest": "daily"},
        {"digest": "weekly"},
        {"mail": "off"},
        {"mail": "answers"},
        {"paused": "2026-11-24T12:00:00Z"},
    ):
        yield f"welcome {options}", welcoming.welcome(office, "water", ANA, lang, options)
    yield "welcome to a conference", welcoming.welcome(office, "talk", ANA, lang, {})
    yield "goodbye", letters.goodbye(office, "water", ANA, lang, TOKEN)
    yield "not on the list", letters.not_on(office, "water", ANA, lang)
    yield "unsure", letters.unsure(office, "water", ANA, lang, "a" * 26, kind="x")
    yield "spent", letters.spent(office, "water", ANA, lang)
    yield "spent, of the hub", letters.spent(office, "", ANA, lang)
    yield "passed on", letters.passed_on(office, "board", ANA, lang, NOW)
    yield "declined", letters.declined(office, "board", ANA, lang, "Only for the board.\nSorry.")
    yield "declined without a word", letters.declined(office, "board", ANA, lang, "")
    yield "misplaced", letters.misplaced(office, "water", ANA, lang)
    yield "gone", letters.gone(office, "water@hub.example", ANA, lang)
    yield "results", letters.results(office, "water", ANA, lang, ["One.", "Two."], kind="x")
    yield "the last of today", lettering.last_today(office, letters.spent(office, "", ANA, lang))
