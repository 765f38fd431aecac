"""What came back from somebody who follows and is on no list: then the mail stops, by itself.

An address that does not exist, and one whose owner pressed "this is spam", gets nothing more. Other
failures count, since a full mailbox is emptied again.
"""

from __future__ import annotations

from solicomm_build.features.following.follows import FIRST_NUMBER, Follows
from solicomm_build.foundation.hub.config import Config

GONE = frozenset({"gone", "complaint"})
MOST = 5
"""So many failures of other kinds end it."""


def returned(config: Config, conference: str, number: int, kind: str) -> bool:
    """Counts what came back (nothing, where no failure is told); whether the number of its tag was
    one of ours. Blocking."""
    if number < FIRST_NUMBER:
        return False
    follows = Follows(config)
    try:
        person = follows.of_number(number)
        if person is not None and kind:
            follows.bounced(person, most=1 if kind in GONE else MOST)
    finally:
        follows.close()
    return True
