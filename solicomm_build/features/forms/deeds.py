"""What carrying out a plan of the desk does to answers: the fields that are not public are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from solicomm_build.desk.plan import Deed
from solicomm_build.features.forms import formhome, formstore
from solicomm_build.foundation.hub.config import Config

ANSWERS = "answers"


def keeping(conference: str, mid: str, text: str) -> Deed:
    """The fields of an answer that are not public, kept beside its post `mid`."""
    return Deed(ANSWERS, {"conference": conference, "mid": mid, "text": text})


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Keeps them; where the form's home is another hub, they are owed to it. Safe to call twice."""
    conference, mid = facts["conference"], facts["mid"]
    formstore.keep(config, conference, mid, facts["text"], when)
    found = formstore.of_conference(config, conference)
    if found is not None and found[0].home and formstore.says_something(facts["text"]):
        formhome.owe(config, conference, mid)
