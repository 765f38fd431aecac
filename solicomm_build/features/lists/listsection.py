"""My lists and conferences in My hub: how the mail of each comes, joining and leaving."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from solicomm_build.features.lists import wishforms
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.people import wishes
from solicomm_build.people.membership import UNCONFIRMED, option
from solicomm_build.post.conference import Conference
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.forms import button, form, line, link, select, switch, text
from solicomm_build.web.mine.section import DONE, HOME, NOTHING, Change, Said, Section, Visit

_FRONT, _PAGE = 10, 50
_JOIN = "join"
_OPEN = ("public", "unlisted")


class Lists(Section):
    """The lists and conferences of a member."""

    name, rank = "lists", 30

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My lists and conferences")

    def short(self, visit: Visit) -> str:
        """A switch for each of the first few, and where the rest is."""
        settings = visit.settings
        mine = [name for name in visit.own.lists if name in settings]
        rows = [self._row(visit, settings[name], HOME) for name in mine[:_FRONT]]
        if not mine:
            none = gettext(
                visit.lang,
                "You have joined nothing yet. Join a list or a conference, and what is written "
                "there comes to you by mail.",
            )
            join = escape(gettext(visit.lang, "Choose a list or a conference"))
            return f'{text(none)}<p><a class="b" href="{HOME}{self.name}/{_JOIN}/">{join}</a></p>'
        if len(mine) > _FRONT:
            rows.append(self._way("", gettext(visit.lang, "All my lists"), str(len(mine))))
        rows.append(self._way(f"{_JOIN}/", gettext(visit.lang, "Join another one")))
        return "".join(rows)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """All of them, those that can be joined, or one with all its settings."""
        if rest == "":
            return self.title(visit), self._all(visit)
        if rest == f"{_JOIN}/":
            return gettext(visit.lang, "Join another one"), self._others(visit)
        one = self._mine(visit, rest)
        return None if one is None else (one.title_in(visit.lang), self._one(visit, one))

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """What a switch or a button wants, as commands to the list."""
        if rest == f"{_JOIN}/":
            return self._joined(visit, sent)
        one = self._mine(visit, rest or f"{sent.get('list', '')}/")
        if one is None:
            return None if rest else NOTHING
        options, do = visit.own.lists[one.id], sent.get("do", "")
        place = HOME if sent.get("from") == HOME else ""
        if do == "leave":
            return Change(_mail(one, "leave"), place=f"{HOME}{self.name}/")
        if do == "mail":
            asks = visit.own.states.get(one.id) == UNCONFIRMED
            return Change((Said(f"{one.id}-join"),) if asks else _mail(one, "set mail on"))
        if do in ("pause", "resume", "resume skip"):
            return Change(_mail(one, do), place=place)
        if do == "all":
            commands = wishforms.for_all(options, sent)
            if commands is None:
                return Change(wrong=gettext(visit.lang, "Not all of this can be set. Please look."))
            return Change(_mail(one, *commands), place=place)
        return Change(_mail(one, *wishforms.for_how(options, sent.get("how", ""))), place=place)

    # -- what is where --------------------------------------------------------------------------

    def _mine(self, visit: Visit, rest: str) -> Conference | None:
        """A list that the member is on."""
        name = rest.removesuffix("/")
        return visit.settings.get(name) if name in visit.own.lists else None

    def _all(self, visit: Visit) -> str:
        settings, word = visit.settings, visit.asked.get("q", "").casefold()
        mine = [
            settings[name]
            for name in visit.own.lists
            if name in settings
            and word in f"{name} {settings[name].title_in(visit.lang)}".casefold()
        ]
        rows = [self._way(f"{_JOIN}/", gettext(visit.lang, "Join another one"))]
        if len(visit.own.lists) > _PAGE or word:
            rows.append(_find(visit))
        shown, more = _paged(visit, mine)
        rows += [self._row(visit, one, f"{HOME}{self.name}/") for one in shown]
        return "".join(rows) + more

    def _others(self, visit: Visit) -> str:
        """Public ones that the member is not on."""
        word = visit.asked.get("q", "").casefold()
        found = [
            one
            for one in visit.settings.values()
            if one.visibility == "public" and one.id not in visit.own.lists
        ]
        wanted = [one for one in found if word in f"{one.id} {one.title_in(visit.lang)}".casefold()]
        if not wanted:
            return _find(visit) + text(gettext(visit.lang, "There is no other list open to all."))
        shown, more = _paged(visit, wanted)
        rows = [_find(visit)] if len(found) > _PAGE or word else []
        rows += [self._offer(visit, one) for one in shown]
        return "".join(rows) + more

    def _offer(self, visit: Visit, one: Conference) -> str:
        lang, about = visit.lang, one.description_in(visit.lang)
        rows = [f"<article><h2>{link(f'/conferences/{one.id}/', one.title_in(lang))}</h2>"]
        rows += [f'<p dir="auto">{escape(about)}</p>'] if about else []
        label = gettext(lang, "How messages come")
        inside = select("how", label, wishforms.ways(lang), "each")
        inside += button(pgettext(lang, "a list", "Join"), "join")
        rows.append(form(visit.session, f"{HOME}{self.name}/{_JOIN}/", inside, list=one.id))
        return "".join(rows) + "</article>"

    def _joined(self, visit: Visit, sent: Mapping[str, str]) -> Change | None:
        one = visit.settings.get(sent.get("list", ""))
        if one is not None and one.id in visit.own.lists:
            return DONE
        if one is None or one.visibility not in _OPEN:
            return NOTHING
        how = sent.get("how", "")
        wish = how if how in wishforms.HOW and how != "each" else ""
        said = Said(f"{one.id}-join", subject=f"join {wish}" if wish else "")
        return Change((said,), place=f"{HOME}{self.name}/")

    # -- one list -------------------------------------------------------------------------------

    def _row(self, visit: Visit, one: Conference, back: str) -> str:
        """The switch of one list."""
        lang, options = visit.lang, visit.own.lists[one.id]
        level = "h3" if back == HOME else "h2"
        title = link(f"/conferences/{one.id}/", one.title_in(lang))
        head = f"<{level}>{title}</{level}>"
        state = self._state(visit, one.id, options)
        how = gettext(lang, "How messages come")
        label = f"{how}: {one.title_in(lang)}"
        ways, save = wishforms.ways(lang), gettext(lang, "Save")
        inside = switch("how", label, ways, wishforms.how(options), save, "how")
        more = self._way(f"{one.id}/", gettext(lang, "More settings, pause, leave"))
        rest = form(visit.session, f"{HOME}{self.name}/", inside, list=one.id, **{"from": back})
        return f"<article>{head}{state}{rest}{more}</article>"

    def _state(self, visit: Visit, name: str, options: Mapping[str, str]) -> str:
        lang, state = visit.lang, visit.own.states.get(name, "active")
        if state == UNCONFIRMED:
            return text(
                gettext(lang, "Nothing comes yet: you have not said that you want to stay.")
            )
        if state != "active":
            said = gettext(lang, "Mail came back from your mailbox, so nothing comes to you now.")
            return text(said)
        if option(options, "paused"):
            said = gettext(lang, "It is paused: nothing comes to you until you end the pause.")
            return text(said)
        return ""

    def _one(self, visit: Visit, one: Conference) -> str:
        lang, options, place = visit.lang, visit.own.lists[one.id], f"{HOME}{self.name}/{one.id}/"
        inside = self._fields(lang, options)
        inside += button(gettext(lang, "Save"), "all")
        rows = [self._state(visit, one.id, options)]
        if one.id in visit.own.states:
            again = button(gettext(lang, "Send me mail again"), "mail")
            rows.append(form(visit.session, place, again))
        rows.append(form(visit.session, place, inside))
        if option(options, "paused"):
            back = button(gettext(lang, "Go on, with what I missed"), "resume")
            skip = button(gettext(lang, "Go on, without it"), "resume skip")
            pause = back + skip
        else:
            pause = button(gettext(lang, "Pause: nothing comes for now"), "pause", is_quiet=True)
        rows.append(form(visit.session, place, pause))
        address = f"{one.id}-owner@{self.config.domain}"
        asks = escape(gettext(lang, "The people who look after it read what you write to:"))
        mail = f'<a href="mailto:{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'
        rows.append(f"<p>{asks} {mail}</p>")
        words = gettext(lang, "Leave %(list)s", list=one.title_in(lang))
        leave = button(words, "leave", is_quiet=True)
        rows.append(form(visit.session, place, leave))
        return "".join(rows)

    def _fields(self, lang: str, options: Mapping[str, str]) -> str:
        label = gettext(lang, "How messages come")
        inside = select("how", label, wishforms.ways(lang), wishforms.how(options))
        forms = {
            "page": gettext(lang, "as one mail like a page"),
            "mime": gettext(lang, "each whole"),
            "plain": gettext(lang, "as one plain text"),
            "summary": gettext(lang, "as a short overview with links"),
        }
        together = gettext(lang, "When messages come together")
        inside += select("form", together, forms, option(options, "form"))
        own = option(options, "zone")
        zones = {own: own or "UTC"} | moments.zones()
        clock = gettext(lang, "They come at six in the morning in this time zone")
        inside += select("zone", clock, zones, own)
        many = gettext(lang, "So many a day by themselves at most, the rest together (empty: all)")
        most = str(wishes.most_a_day(options) or "")
        inside += line("max", many, most, more='inputmode="numeric" maxlength="3"', dir_="ltr")
        about = gettext(lang, "Only messages with one of these words (empty: all)")
        inside += line("topics", about, ", ".join(wishes.topics(options)), more='maxlength="400"')
        yes, no = gettext(lang, "yes"), gettext(lang, "no")
        both = {"on": yes, "off": no}
        mine = gettext(lang, "What I write myself comes to me as well")
        inside += select("copy", mine, both, option(options, "copy"))
        twice = gettext(lang, "What is addressed to me as well comes twice")
        return inside + select("dup", twice, both, option(options, "dup"))

    def _way(self, place: str, words: str, count: str = "") -> str:
        more = f" ({escape(count)})" if count else ""
        return f'<p><a href="{HOME}{self.name}/{escape(place)}">{escape(words)}</a>{more}</p>'


def _mail(one: Conference, *commands: str) -> tuple[Said, ...]:
    """A mail of commands to a list; none without any."""
    return (Said(f"{one.id}-request", "\n".join(commands) + "\n"),) if commands else ()


def _find(visit: Visit) -> str:
    """The box that narrows a long page."""
    field = line("q", gettext(visit.lang, "Find"), visit.asked.get("q", ""), type_="search")
    find = button(gettext(visit.lang, "Find"))
    return f'<form method="get">{field}{find}</form>'


def _paged(visit: Visit, found: list[Conference]) -> tuple[list[Conference], str]:
    """Those of the page that was asked for, and the way on."""
    start = visit.asked.get("from", "")
    at = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0
    after = at + _PAGE
    if after >= len(found):
        return found[at:after], ""
    query = escape(urlencode({"q": visit.asked.get("q", ""), "from": after}))
    more = escape(gettext(visit.lang, "More"))
    return found[at:after], f'<p><a href="?{query}">{more}</a></p>'
