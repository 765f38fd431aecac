"""What waits for a moderator, in My hub: each message as it would look, with buttons to decide.

For who looks after nothing there is no such page. A decision is the command `decide` (byname.py),
sent to the list as the moderator's mail.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from html import escape

from solicomm_build.features.moderation import byname, decidedsection, holder
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.foundation.types import PostId
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.roster import HUB
from solicomm_build.post import decision
from solicomm_build.post.conference import Conference
from solicomm_build.post.held import heldmail
from solicomm_build.post.held.decidedlately import Lately
from solicomm_build.post.held.heldmail import HeldMail
from solicomm_build.post.held.waitingmail import WaitingMail
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import button, buttons, form, link, text, way
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit
from solicomm_build.web.signedin import MemberSessions

_MOST = 10
"""Messages on a page; the oldest first."""
_SHOWN = 3000
_LINKS = 20
_DECISIONS = {"accept": decision.ACCEPT, "trust": decision.TRUST, "reject": decision.REJECT}
_DECISIONS |= {"discard": decision.DISCARD, "ban": decision.BAN}


class Waiting(Section):
    """Held messages and requests to join, for who decides about them."""

    name, rank = "moderate", 10

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._mail = WaitingMail(config)
        self._lately = Lately(config, decidedsection.FRESH)

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "What waits for me")

    def short(self, visit: Visit) -> str:
        """How much waits, and where."""
        if not visit.own.looks_after_any:
            return ""
        waiting = Counter(name for name, _ in self._queue(visit))
        waiting.update(facts.conference for _, facts in self._requests(visit))
        if not waiting:
            return text(gettext(visit.lang, "Nothing waits for you."))
        count = sum(waiting.values())
        said = ngettext(
            visit.lang,
            "%(num)s message or request waits for your word.",
            "%(num)s messages or requests wait for your word.",
            count,
        )
        return text(said) + way(f"{HOME}{self.name}/", gettext(visit.lang, "Look at it"))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Everything that waits, or what waits in one conference."""
        name = rest.removesuffix("/")
        if (
            not visit.own.looks_after_any
            or "/" in name
            or (name and self._place(visit, name) is None)
        ):
            return None
        queue = [one for one in self._queue(visit) if name in ("", one[0])]
        requests = [facts for _, facts in self._requests(visit) if name in ("", facts.conference)]
        rows = [decidedsection.fresh(self._lately, visit)] if name == "" else []
        rows += [self._request(visit, facts) for facts in requests]
        shown = (heldmail.waiting(self.config, *one) for one in queue[:_MOST])
        rows += [self._message(visit, held) for held in shown if held is not None]
        if not any(rows[1:] if name == "" else rows):
            rows.append(text(gettext(visit.lang, "Nothing waits for you.")))
        if len(queue) > _MOST:
            more = gettext(visit.lang, "There is more: %(num)s. It comes when these are decided.")
            rows.append(text(more % {"num": len(queue) - _MOST}))
        one = self._place(visit, name) if name else None
        if one is not None:
            rows.append(self._about(visit, one))
            return one.title_in(visit.lang), "".join(rows)
        lately = gettext(visit.lang, "Decided lately")
        rows.append(way(f"{HOME}{decidedsection.NAME}/", lately) + self._places(visit))
        return self.title(visit), "".join(rows)

    def file(self, visit: Visit, rest: str) -> tuple[str, bytes] | None:
        """A file of a message that waits, or all of it."""
        name, _, more = rest.partition("/")
        mid, _, number = more.partition("/")
        number = number.partition("/")[0]
        if self._place(visit, name) is None or not number.isascii() or not number.isdigit():
            return None
        held = heldmail.waiting(self.config, name, PostId(mid)) if _is_id(mid) else None
        if held is None or len(number) > 4 or int(number) > len(held.files):
            return None
        if int(number) == 0:
            return "message.eml", held.raw
        found = held.files[int(number) - 1]
        return found.name, found.payload

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """What a moderator decided, or that everything waits for now."""
        if not visit.own.looks_after_any or rest not in ("", f"{sent.get('conference', '')}/"):
            return None
        one = self._place(visit, sent.get("conference", ""))
        if one is None:
            return NOTHING if not rest else None
        do, local = sent.get("do", ""), f"{one.id}-request"
        if do in ("emergency on", "emergency off"):
            return Change((Said(local, f"{do}\n"),))
        about = sent.get("about", "")
        if do not in _DECISIONS or not (_is_id(about) or _is_address(about)):
            return NOTHING
        if not self._waits(visit, one.id, about):
            over = gettext(visit.lang, "This one was decided already.")
            return Change(wrong=over)
        told = sent.get("text", "") if do == "reject" else ""
        words = f"{byname.NAME} {_DECISIONS[do]} {about}\nstop\n\n{told}\n"
        return Change((Said(local, words),))

    def _waits(self, visit: Visit, name: str, about: str) -> bool:
        """Whether a message, or somebody who wants to join, waits there still."""
        if _is_id(about):
            return heldmail.waiting(self.config, name, PostId(about)) is not None
        return any(
            facts.conference == name and facts.data["join"] == about
            for _, facts in self._requests(visit)
        )

    # -- what there is --------------------------------------------------------------------------

    def _place(self, visit: Visit, name: str) -> Conference | None:
        """A conference that the member looks after."""
        return visit.settings.get(name) if visit.own.looks_after(name) else None

    def _queue(self, visit: Visit) -> list[tuple[str, PostId]]:
        return self._mail.of(visit.own.looks_after)

    def _requests(self, visit: Visit) -> list[tuple[str, TokenFacts]]:
        with self.readers.looking() as roster:
            found = [
                (digest, replace(one, data={**one.data, "join": holder.who_asks(roster, one)}))
                for digest, one in byname.requests(roster, visit.number, clock.now())
            ]
        return [one for one in found if visit.own.looks_after(one[1].conference)]

    # -- how it looks ---------------------------------------------------------------------------

    def _message(self, visit: Visit, held: HeldMail) -> str:
        lang, place = visit.lang, f"{HOME}{self.name}/"
        why = gettext(lang, "In %(list)s. It waits because %(why)s.")
        said = why % {"list": self._title(visit, held.conference), "why": held.why(lang)}
        files = f"{place}{held.conference}/{held.mid}/"
        shown = heldmail.fragment(held, lang, files, most=_SHOWN)
        likely = buttons(
            (gettext(lang, "Accept"), "accept"), (gettext(lang, "Throw away"), "discard")
        )
        more = escape(gettext(lang, "Send back with words, or decide about its author"))
        label = escape(gettext(lang, "What its author is told"))
        words = f'<p><label>{label}<br><textarea name="text" rows="4"></textarea></label></p>'
        rest = {
            "reject": gettext(lang, "Send back with these words"),
            "trust": gettext(lang, "Accept, and what the author sends from now on"),
            "ban": gettext(lang, "Throw away, and what the author sends from now on"),
        }
        reject, trust, ban = (button(said, do, is_quiet=True) for do, said in rest.items())
        inside = f"{likely}<details><summary>{more}</summary>{words}{reject}{trust}{ban}"
        decided = form(
            visit.session, place, f"{inside}</details>", conference=held.conference, about=held.mid
        )
        return f"<section><p>{escape(said)}</p>{shown}{decided}</section>"

    def _request(self, visit: Visit, facts: TokenFacts) -> str:
        lang = visit.lang
        who = " ".join(filter(None, (str(facts.data.get("name") or ""), f"<{facts.data['join']}>")))
        asks = gettext(lang, "%(who)s would like to be on %(list)s.")
        said = asks % {"who": who, "list": self._title(visit, facts.conference)}
        inside = buttons((gettext(lang, "Accept"), "accept"), (gettext(lang, "Decline"), "reject"))
        decided = form(
            visit.session,
            f"{HOME}{self.name}/",
            inside,
            conference=facts.conference,
            about=str(facts.data["join"]),
        )
        return f"<article><p>{escape(said)}</p>{decided}</article>"

    def _title(self, visit: Visit, name: str) -> str:
        found = visit.settings.get(name)
        return found.title_in(visit.lang) if found else name

    def _places(self, visit: Visit) -> str:
        """The conferences that the member looks after."""
        settings = visit.settings
        if HUB in visit.own.roles:
            mine = [name for name in settings if name in visit.own.lists or name in visit.own.roles]
            mine = mine or list(settings)
        else:
            mine = [name for name in settings if visit.own.looks_after(name)]
        place = f"{HOME}{self.name}/"
        links = (link(f"{place}{name}/", settings[name].title_in(visit.lang)) for name in mine)
        rows = "".join(f"<li>{one}</li>" for one in itertools.islice(links, _LINKS))
        head = escape(gettext(visit.lang, "What I look after"))
        return f"<h2>{head}</h2><ul>{rows}</ul>"

    def _about(self, visit: Visit, one: Conference) -> str:
        lang = visit.lang
        with self.readers.looking() as roster:
            on = roster.is_emergency(one.id)
        rows = [way(f"{HOME}onlist/{one.id}/", gettext(lang, "Who is on it"))]
        rows.append(way(f"{HOME}returned/{one.id}/", gettext(lang, "Mail that came back")))
        rows.append(way(f"/conferences/{one.id}/health/", gettext(lang, "How it is doing")))
        if on:
            said = text(gettext(lang, "Everything that is sent there waits until you look at it."))
            stop = button(gettext(lang, "Treat new messages as usual again"), "emergency off")
        else:
            said = ""
            stop = button(gettext(lang, "Have everything wait for a moderator"), "emergency on")
        place = f"{HOME}{self.name}/{one.id}/"
        rows.append(said + form(visit.session, place, stop, conference=one.id))
        return "".join(rows)


def _is_id(about: str) -> bool:
    return len(about) == 32 and about.isascii() and about.isalnum()


def _is_address(about: str) -> bool:
    return "@" in about and len(about) <= 254 and not any(sign.isspace() for sign in about)
