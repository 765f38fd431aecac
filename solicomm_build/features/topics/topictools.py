"""How a moderator's tools for a topic and its posts look (topicsection.py). HTML; texts are escaped
here. A piece with `data-tools` is taken to a post's own page by mine.js: an empty value is the
topic's, else it is the id of the post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from solicomm_build.features.topics import letters
from solicomm_build.features.topics.commands import Order
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.topicstate import TopicState
from solicomm_build.web.mine import forms
from solicomm_build.web.mine.section import HOME, Visit


@dataclass(frozen=True, slots=True)
class Row:
    """A post: whose it is, when it was written (seconds), how it begins."""

    mid: PostId
    name: str
    time: int
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A topic as its moderator sees it: the `rows` to be shown, and all `hidden` ones. `merged` are
    others that became a part of it, with their titles; `made` are those that were made of posts of
    this one; `parted` says that a moderator made it of a post; `latest` is what this member did,
    `back` what takes it back; `elsewhere` are conferences that it may be moved to, with their
    titles."""

    conference: Conference
    tid: TopicId
    title: str
    state: TopicState
    rows: Sequence[Row]
    hidden: Sequence[Row]
    page: int
    pages: int
    merged: Sequence[tuple[TopicId, str]]
    made: Sequence[tuple[TopicId, str]]
    parted: bool
    latest: TopicEvent | None
    back: Order | None
    elsewhere: Mapping[str, str]

    @property
    def place(self) -> str:
        """The address of the tools."""
        return f"{HOME}topic/{self.conference.id}/{self.tid}/"

    @property
    def url(self) -> str:
        """The address of the topic's page."""
        return f"/conferences/{self.conference.id}/t/{self.tid}/"


@dataclass(frozen=True, slots=True)
class Gone:
    """A topic that was here: it is read in the conference `at` as the topic `home`, which is called
    `name` (or is in a conference of that name); without a name nobody says where. `order` is the
    command that has it here again, "" where the member cannot give it."""

    conference: Conference
    tid: TopicId
    title: str
    at: str
    home: TopicId
    name: str
    order: str

    @property
    def place(self) -> str:
        """The address of the tools."""
        return f"{HOME}topic/{self.conference.id}/{self.tid}/"


def gone(visit: Visit, one: Gone) -> str:
    """Where a topic is now that was here, and the button that takes that back."""
    lang = visit.lang
    if one.at == one.conference.id:
        said = gettext(lang, "This topic is a part of “%(topic)s” now.")
        said %= {"topic": one.name or "–"}
    elif one.name:
        said = gettext(lang, "This topic is now in %(place)s.") % {"place": one.name}
    else:
        said = gettext(lang, "This topic is in another conference now.")
    rows = [f"<p>{escape(said)}</p>"]
    if one.name:
        see = gettext(lang, "See the topic")
        rows.append(forms.way(f"/conferences/{one.at}/t/{one.home}/", see))
    if one.order:
        act, _, about = one.order.partition(" ")
        hidden = {"to" if act == "move" else "topic": about}
        undo = _buttons([(act, gettext(lang, "Undo"))])
        rows.append(forms.form(visit.session, one.place, _why(lang) + undo, back="", **hidden))
    return f'<section class="mod" data-tools="" data-hidden="">{"".join(rows)}</section>'


def html(visit: Visit, shown: Shown) -> str:
    """The whole page below its heading."""
    see = forms.way(shown.url, gettext(visit.lang, "See the topic"))
    rows = "".join(_post(visit, shown, row) for row in shown.rows)
    return f"{see}{_topic(visit, shown)}{rows}{_pager(visit, shown)}"


# -- the topic ----------------------------------------------------------------------------------


def _topic(visit: Visit, shown: Shown) -> str:
    lang, state = visit.lang, shown.state
    pin = (
        ("unpin", gettext(lang, "Pin no more"))
        if state.pinned
        else ("pin", gettext(lang, "Pin to the top"))
    )
    close = ("reopen", gettext(lang, "Open again"))
    close = close if state.closed else ("close", gettext(lang, "Close"))
    why = _why(lang)
    inside = [_form(visit, shown, why + _buttons([pin, close]))]
    title = forms.line("words", gettext(lang, "Title"), shown.title, more='maxlength="200"')
    inside.append(
        _form(visit, shown, title + why + _buttons([("retitle", gettext(lang, "Rename"))]))
    )
    now = ", ".join(sorted(state.labels))
    label = gettext(lang, "Labels to add, in one word each; with - before it to take one away")
    words = forms.line("words", label, more='maxlength="200"')
    head = escape(gettext(lang, "Labels"))
    had = f"<p>{head}: <bdi>{escape(now)}</bdi></p>" if now else ""
    inside.append(
        _form(
            visit, shown, had + words + why + _buttons([("label", gettext(lang, "Change labels"))])
        )
    )
    link = forms.line("topic", gettext(lang, "Link of another topic that belongs here"), dir_="ltr")
    inside.append(
        _form(visit, shown, link + why + _buttons([("merge", gettext(lang, "Join to this"))]))
    )
    inside += [
        _form(visit, shown, _about(name) + _buttons([("unmerge", _apart(lang))]), topic=tid)
        for tid, name in shown.merged
    ]
    again = [("unsplit", gettext(lang, "Put back where it came from"))]
    inside += [
        _form(visit, shown, _about(name) + _buttons(again), post=tid) for tid, name in shown.made
    ]
    inside += [_moving(visit, shown, why), _summary(visit, shown, why)]
    if shown.parted:
        back = [("unsplit", gettext(lang, "Put back where it came from"))]
        inside.append(_form(visit, shown, _buttons(back), post=shown.tid))
    head = escape(gettext(lang, "Moderate this topic"))
    hidden = " ".join(sorted(state.hidden))
    return (
        f'<section class="mod" data-tools="" data-hidden="{hidden}">{_latest(visit, shown)}'
        f"<details><summary>{head}</summary>{''.join(inside)}</details>"
        f"{_hidden(visit, shown)}</section>"
    )


def _moving(visit: Visit, shown: Shown, why: str) -> str:
    """To another conference that the member looks after; nothing for who looks after one."""
    if not shown.elsewhere:
        return ""
    label = gettext(visit.lang, "Conference that it belongs into")
    to = forms.select("to", label, shown.elsewhere, next(iter(shown.elsewhere)))
    return _form(visit, shown, to + why + _buttons([("move", gettext(visit.lang, "Move there"))]))


def _summary(visit: Visit, shown: Shown, why: str) -> str:
    """What has been said so far, in a few sentences: a post at the top of the topic."""
    label = escape(gettext(visit.lang, "Summary for who has no time to read it all"))
    area = f'<p><label>{label}<br><textarea name="text" rows="6" dir="auto"></textarea></label></p>'
    publish = _buttons([("summary", gettext(visit.lang, "Publish the summary"))])
    return _form(visit, shown, area + why + publish)


def _why(lang: str) -> str:
    label = gettext(lang, "Why, in a few words; everybody can read it")
    return forms.line("why", label, more='maxlength="200"')


def _latest(visit: Visit, shown: Shown) -> str:
    """What was done a moment ago, with the way back."""
    if shown.latest is None:
        return ""
    said = f"<p>{escape(letters.done_words(visit.lang, shown.latest.type))}</p>"
    back = shown.back
    if back is None:
        return f'<div role="status">{said}</div>'
    hidden = {"lang" if back.act == "lang" else "words": " ".join(back.words)} if back.words else {}
    about = "topic" if back.act in ("merge", "unmerge") else "post"
    if back.about:
        hidden[about] = back.about
    undo = _buttons([(back.act, gettext(visit.lang, "Undo"))])
    return f'<div role="status">{said}{_form(visit, shown, undo, **hidden)}</div>'


def _hidden(visit: Visit, shown: Shown) -> str:
    """Posts that nobody sees, with the button that shows them again."""
    lang, found = visit.lang, list[str]()
    for row in shown.hidden:
        why = shown.state.hidden[row.mid]
        reason = f" (<bdi>{escape(why)}</bdi>)" if why else ""
        who = f"<bdi>{escape(row.name)}</bdi>: <bdi>{escape(row.text)}</bdi>{reason}"
        again = _buttons([("unhide", gettext(lang, "Show again"))])
        found.append(f"<li><p>{who}</p>{_form(visit, shown, again, post=row.mid)}</li>")
    if not found:
        return ""
    head = escape(gettext(lang, "Hidden posts"))
    return f"<details><summary>{head}</summary><ul>{''.join(found)}</ul></details>"


# -- a post -------------------------------------------------------------------------------------


def _post(visit: Visit, shown: Shown, row: Row) -> str:
    lang = visit.lang
    when = i18n.format_datetime(lang, datetime.fromtimestamp(row.time, UTC))
    head = f"<h2><bdi>{escape(row.name or '–')}</bdi> <small>{escape(when)}</small></h2>"
    text = f'<p dir="auto">{escape(row.text)}</p>'
    if row.mid in shown.state.hidden:
        gone = escape(gettext(lang, "This post is hidden from readers."))
        return f"<article>{head}{text}<p><strong>{gone}</strong></p></article>"
    return f"<article>{head}{text}{_tools(visit, shown, row.mid)}</article>"


def _tools(visit: Visit, shown: Shown, mid: PostId) -> str:
    lang, state = visit.lang, shown.state
    why = _why(lang)
    acts = [("hide", gettext(lang, "Hide"))]
    if state.answer == mid:
        acts.append(("unanswer", gettext(lang, "Not the answer")))
    else:
        acts.append(("answer", gettext(lang, "This is the answer")))
    if str(mid) != str(shown.tid):
        acts.append(("split", gettext(lang, "Make a topic of its own")))
    if any(one.post == mid for one in state.summaries):
        acts.append(("unsummary", gettext(lang, "Not a summary")))
    if mid in state.translations:
        acts.append(("untranslation", gettext(lang, "Not a translation")))
    names = {code: one.name for code, one in i18n.LANGUAGES.items()}
    known = str(state.langs.get(mid, ""))
    chosen = known if known in names else lang
    tongue = forms.select("lang", gettext(lang, "Language"), names, chosen)
    label = escape(gettext(lang, "The translation"))
    area = f'<p><label>{label}<br><textarea name="text" rows="6" dir="auto"></textarea></label></p>'
    translate = escape(pgettext(lang, "what a moderator does", "Translate, or note the language"))
    more = (
        f"<details><summary>{translate}</summary>{tongue}{why}"
        + _buttons([("lang", gettext(lang, "The post is in this language"))])
        + area
        + _buttons([("translation", gettext(lang, "Publish the translation"))])
        + "</details>"
    )
    form = _form(visit, shown, why + _buttons(acts), post=mid)
    other = _form(visit, shown, more, post=mid)
    head = escape(gettext(lang, "Moderate"))
    return (
        f'<details class="mod" data-tools="{mid}"><summary>{head}</summary>{form}{other}</details>'
    )


# -- pieces -------------------------------------------------------------------------------------


def _form(visit: Visit, shown: Shown, inside: str, **hidden: str) -> str:
    return forms.form(visit.session, shown.place, inside, back="", **hidden)


def _buttons(acts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(
        f'<button type="submit" name="do" value="{act}">{escape(words)}</button> '
        for act, words in acts
    )
    return f"<p>{rows}</p>"


def _about(title: str) -> str:
    return f"<p><bdi>{escape(title or '–')}</bdi></p>"


def _apart(lang: str) -> str:
    return gettext(lang, "Make it a topic by itself again")


def _pager(visit: Visit, shown: Shown) -> str:
    if shown.pages < 2:
        return ""
    links = "".join(
        f'<a href="?page={number}"{" aria-current=page" if number == shown.page else ""}>'
        f"{escape(i18n.format_number(visit.lang, number))}</a> "
        for number in range(1, shown.pages + 1)
    )
    label = escape(gettext(visit.lang, "Pages"))
    return f'<nav class="pager" aria-label="{label}">{links}</nav>'
