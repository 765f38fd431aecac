"""A text whose author is proved goes into spool/in, once: two presses of a button, two tabs and a
stage that was killed in between make one post, since the mail is kept with its id and date until it
is handed over. Blocking.
"""

from __future__ import annotations

import threading

from solicomm_build.features.writing import composing, waiting
from solicomm_build.features.writing.waiting import Waiting
from solicomm_build.foundation import clock
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool

POSTED = "posted"
_turn = threading.Lock()
"""Of the same text that comes twice at once the first one is kept."""


def post(config: Config, spool: Spool, text: Waiting) -> None:
    """Hands the text to ingest, durable on return; one that was posted or dropped stays so."""
    with _turn:
        text = waiting.known(config, text)
    if text.became:
        return
    point("writing.before-spool")
    hand_over(config, spool, text)
    point("writing.after-spool")
    waiting.settle(config, text, POSTED)


def hand_over(config: Config, spool: Spool, text: Waiting) -> None:
    """The same where no note can be kept of it, on a machine without cell 0: ingest takes a text of
    one id once."""
    item = composing.item(config, text.raw, text.conference, text.address, clock.now())
    spool.put([item])
    spool.ring()
