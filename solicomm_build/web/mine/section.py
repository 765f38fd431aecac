"""What one feature shows a member in My hub (`/members/`), and what may be changed there.

    /members/          the front: the short form of every section that has something for the member
    /members/<name>/…  one section whole; POST changes something, and leads back

A section is made once for a server; its methods block and are called in threads. It changes nothing
of the hub itself: it says which mails the member would have written (`Said`), and those go to the
desk as the member's own. So a page can do nothing that a mail of the same person could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.readers import Own, Readers
from solicomm_build.web.formdata import Upload
from solicomm_build.web.signedin import MemberSessions, Session

HOME = "/members/"


@dataclass(frozen=True, slots=True)
class Visit:
    """A member looks at My hub, in a language. `own` is what the roster says of the member now,
    `since` when this browser was here last (UTC-aware), `asked` what stands in the query.
    `settings` are those of all conferences and lists, by id; `readable` are the ids of those for
    members only that this member may read. Both cost a look at each list, so they are read once."""

    session: Session
    own: Own
    lang: str
    since: datetime
    settings: Mapping[str, Conference]
    readable: frozenset[str] = frozenset()
    asked: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()
    """What a form brought (`Section.most_files`)."""

    @property
    def number(self) -> int:
        """The member's number."""
        return self.session.member.number

    @property
    def address(self) -> str:
        """The member's address."""
        return self.session.member.address

    @property
    def looked_after(self) -> list[str]:
        """The lists and conferences that the member looks after, by id."""
        if not self.own.looks_after_any:
            return []
        return [name for name in sorted(self.settings) if self.own.looks_after(name)]


@dataclass(frozen=True, slots=True)
class Said:
    """A mail to one of our addresses, by its local part, as the member would write it."""

    local: str
    text: str = ""
    subject: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    """Names and octets of what is attached."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a form leads to: mails of the member's, and where the browser goes then ("": to the page
    of the section). `shown` is HTML that is shown instead of going anywhere, such as what can be
    shown only once, or a form to look at again; `status` is that answer's. `ended` says that the
    member is not signed in any more. `wrong` is a sentence that says why nothing was done."""

    mails: tuple[Said, ...] = ()
    place: str = ""
    shown: str = ""
    status: int = 200
    ended: bool = False
    wrong: str = ""


DONE = Change()
"""The section has done it itself, or it is as the member wants it."""
NOTHING = Change(wrong="-")
"""There is nothing to do: what was sent is not of these pages, or not this member's to do. The page
says so."""


class Section:
    """One feature's part of My hub."""

    name = ""
    """Its address: `/members/<name>/`."""
    rank = 50
    """Sections with a smaller rank stand further up."""
    most_fields = 20
    """Fields that one form of its pages may have."""
    most_files = 0
    """Octets of files that one form of its pages may bring."""

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        self.config, self.readers, self.sessions = config, readers, sessions

    def title(self, visit: Visit) -> str:
        """What it is called."""
        raise NotImplementedError

    def short(self, visit: Visit) -> str:
        """HTML for the front page; "" when there is nothing for this member."""
        raise NotImplementedError

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Title and HTML of the page `/members/<name>/<rest>`; None when there is no such page for
        this member, which is answered like any address where nothing is."""
        return None

    def file(self, visit: Visit, rest: str) -> tuple[str, bytes] | None:
        """Name and octets of a file at that address, which the browser saves and never runs; None
        when there is none for this member. Asked where there is no page."""
        return None

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """What a form that was sent to that address leads to; None where there is no such page. It
        came from a page of ours to this member."""
        return None

    def close(self) -> None:
        """Lets go of what it holds."""
