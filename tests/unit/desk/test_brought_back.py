"""Who brings a token of ours back hears what came of it, though nothing vouches for the mail."""

from __future__ import annotations

import pytest

from solicomm_build.testing.deskhub import AUTHSERV, DeskHub
from tests.unit.desk.test_moderation_mail import decided, held, letters, to

MOD, ANA = "mod@union.example", "ana@union.example"
RESULTS = [
    f"Authentication-Results: {AUTHSERV}; spf=none; dkim=none; dmarc=none",
    f"Authentication-Results: {AUTHSERV}; dmarc=fail (p=none) header.from=union.example",
]


@pytest.mark.parametrize("results", RESULTS)
@pytest.mark.parametrize(("text", "told"), [("hm", "nothing was decided"), ("accept", "Strike 1")])
def test_a_moderator_hears_what_the_answer_did(
    hub: DeskHub, results: str, text: str, told: str
) -> None:
    hub.member(1, MOD, "water", role="moderator")
    held(hub, 1)
    (notice,) = to(letters(hub), MOD)
    (answer,) = hub.reply(notice, text, sender=MOD, proven=False, fields=[results])
    assert answer.to[0].addr_spec == MOD
    assert told.lower() in " ".join(answer.text.split()).lower()
    assert len(decided(hub)) == (text == "accept")


@pytest.mark.parametrize("results", RESULTS)
def test_a_doubt_is_asked_back_and_a_second_yes_is_told(hub: DeskHub, results: str) -> None:
    (asked,) = hub.ask("water-join")
    (again,) = hub.reply(asked, "yes, but what is it?", proven=False, fields=[results])
    assert again.to[0].addr_spec == ANA
    assert again.subject == "Yes, or no?"
    assert len(hub.reply(again, "yes", proven=False, fields=[results])) == 1
    assert hub.roster.is_listed("water", ANA)
    (late,) = hub.reply(again, "yes", proven=False, fields=[results])
    assert late.subject == "Nothing left to confirm"


@pytest.mark.parametrize("mark", ["X-Spam: yes", "X-Auto-Response-Suppress: All"])
def test_what_asks_for_silence_gets_it(hub: DeskHub, mark: str) -> None:
    (asked,) = hub.ask("water-join")
    fields = [RESULTS[0], mark]
    assert hub.reply(asked, "yes, but what is it?", proven=False, fields=fields) == []
    assert hub.ask("water-request", "help", proven=False, fields=[RESULTS[0]]) == []
