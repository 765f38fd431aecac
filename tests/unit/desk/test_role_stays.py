"""Who looks after a list and leaves it is told that he still does."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.i18n import gettext
from solicomm_build.testing.deskhub import TITLES, DeskHub

_STAYS = (
    "You have left “%(list)s”: its messages do not come to you any more. You still look after it: "
    "questions and messages that wait come to you as before."
)


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_a_moderator_who_leaves_is_told_what_still_comes(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", lang=lang, role="moderator")
    (goodbye,) = hub.ask("water-leave")
    told = " ".join(goodbye.text.split())
    assert gettext(lang, _STAYS) % {"list": TITLES[lang]} in told
    assert lang == "en" or gettext(lang, _STAYS) != _STAYS
    assert "postmaster@hub.example" in told
    assert "No more mail comes to you" not in told
    assert hub.roster.listed_role("water", "ana@union.example") == "moderator"
    hub.reply(goodbye)
    assert hub.roster.is_listed("water", "ana@union.example"), "an answer undoes it as before"


def test_a_member_who_leaves_gets_no_more(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", lang="en")
    (goodbye,) = hub.ask("water-leave")
    assert "No more mail comes to you from there." in goodbye.text
    assert "postmaster@" not in goodbye.text
