"""Letters to moderators, and to authors whose messages wait, as their functions write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from solicomm_build.desk import vocabulary
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.features.moderation import shutout
from solicomm_build.features.moderation.moderationletters import Shown
from solicomm_build.message.parse import parse
from solicomm_build.people.membership import Member
from solicomm_build.post.held.heldwords import why_yours
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, MOD, TOKEN, Stage

RULES = (
    "nonmember",
    "moderated",
    "announce",
    "first-posts",
    "automatic",
    "two-from",
    "many-recipients",
    "encrypted",
    "looks-forged",
    "unproven",
    "spam",
    "emergency",
    "member-rate",
    "list-rate",
    "not-addressed",
    "automatic-flood",
    "dns-silent",
    "topic-closed",
    "attachment-type",
    "digest-reply",
    "real-name",
    "topic-command",
    "no-room",
    "unheard-of",
)
"""Why a message waits, in every way that is said otherwise; the last one has no words."""
_LONG = "An extremely long subject " + "word " * 20


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    office, lang, to = stage.office, stage.lang, Member(2, MOD, "Mo", lang=stage.lang)
    until, raw = NOW + timedelta(days=14), smallhub.mail(subject="Strike on Friday")
    held = [
        Shown("Strike" if at else _LONG, "Eve <eve@x.example>", rule, "reason", until, raw)
        for at, rule in enumerate(RULES)
    ]
    for one in (held[1], held[3], held[8]):
        yield f"notice: {one.rule}", letters.notice(office, "water", to, one, TOKEN, again=False)
    yield "reminder", letters.notice(office, "water", to, held[0], TOKEN, again=True)
    large = replace(held[0], subject="", raw=raw + b"x" * letters.MOST_OCTETS)
    yield "notice of a large one", letters.notice(office, "water", to, large, TOKEN, again=False)
    for count, again in ((1, False), (2, False), (len(held), True), (1, True)):
        made = letters.bundle(office, "water", to, held[:count], TOKEN, again=again)
        yield f"bundle of {count}, again: {again}", made
    for name in ("Ben", ""):
        made = letters.join_request(office, "board", to, "b@x.example", name, TOKEN)
        yield f"somebody wants to join: {name}", made
    yield "who asked: still waits", letters.request_waits(office, "board", ANA, lang, until)
    for reader in (ANA, MOD):
        made = letters.request_ended(office, "board", reader, lang, ANA)
        yield f"the list was removed: {reader}", made
    yield "outcome", letters.outcome(office, "water", MOD, lang, list(_parts(lang)), kind="x")
    for numbers in (False, True):
        made = letters.unclear(office, "water", MOD, lang, TOKEN, numbers=numbers, kind="x")
        yield f"unclear, numbers: {numbers}", made
    yield "no room", letters.no_room(office, "water", to, "Strike", "eve@x.example", kind="x")
    yield "no room, by nobody", letters.no_room(office, "water", to, "", "", kind="x")
    yield "banned where only members read", shutout.letter_to(office, "board", to)
    message = parse(raw)
    why = "\n".join(f"{rule}: {why_yours(lang, rule)}" for rule in RULES)
    yield "author: why it waits", why
    for rule in ("nonmember", "unheard-of"):
        made = letters.held(office, "water", ANA, lang, message, rule, NOW, kind="x")
        yield f"author: it waits, {rule}", made
    yield (
        "author: still waits",
        letters.held_on(office, "water", ANA, lang, message, until, kind="x"),
    )
    for text in ("Please write\nmore kindly.", ""):
        made = letters.rejected(office, "water", ANA, lang, message, text, kind="x")
        yield f"author: rejected, {bool(text)}", made
    yield "author: waits again", letters.undone(office, "water", ANA, lang, message)


def _parts(lang: str) -> Iterator[str]:
    for decision in vocabulary.DECISIONS:
        yield letters.done_line(lang, decision, "Strike")
        yield letters.already_line(lang, "Mo", decision, "Strike")
        yield letters.joined_line(lang, decision, "b@x.example")
    yield letters.already_line(lang, letters.somebody(lang), "ban", "Strike")
    yield letters.already_line(lang, "", "", "Strike")
    for lets_in, is_post in ((False, False), (True, True), (True, False)):
        yield letters.undone_line(lang, "Strike", lets_in=lets_in, is_post=is_post)
