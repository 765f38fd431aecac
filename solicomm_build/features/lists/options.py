"""`set`, `language`, `pause` and `resume` (docs/mail-rules.md#commands).

Each takes the person as the commands before left it and returns the person after it, so that two
settings in one mail both hold. The options are those of people/membership.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from solicomm_build.desk import commands, letters, vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Letter, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.lists import catchup, information, membership, shifting
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.git import log
from solicomm_build.people import rosterevents, wishes
from solicomm_build.people.membership import option
from solicomm_build.people.roster import LANGUAGE
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.wishes import zone_named
from solicomm_build.post.said import numbers

_NAMES = vocabulary.meanings(vocabulary.OPTIONS)
_VALUES = vocabulary.meanings(vocabulary.VALUES)
_MAX = re.compile(r"([1-9][0-9]{0,2})(?:/\w+)?")
_OLD_PAUSE = datetime(2000, 1, 1, tzinfo=UTC)


def set_(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`set digest weekly` and the like."""
    words = [vocabulary.plain(word) for word in command.words]
    name = _NAMES.get(words[0], ("", ""))[0] if words else ""
    value = words[1] if len(words) > 1 else ""
    if name == "language":
        return language(office, case, person, Command("language", command.words[1:]))
    if person.options is None or person.member is None:
        return Result(person, (not_on(person.lang),))
    if name == "topics":
        return _set_topics(office, case, person, command.words[1:])
    if name == "max":
        return _set_max(office, case, person, value)
    if name == "zone":
        return _set_zone(office, case, person, command.words[1:])
    known = _VALUES.get(value, ("", ""))[0]
    if (name, known) == ("digest", "answers"):
        name = "mail"  # the one way to get fewer that is no digest, often asked for as one
    changed = _changed(name, known)
    if not changed:
        return Result(person, (unclear(person.lang),))
    done = _done(office, case, person, changed, _SAID[name, known](person.lang))
    done = _revived(office, case, done) if changed.get("mail") == "" else done
    return _is_so(office, case, done, changed) if _asks_for_mail(changed) else done


def _asks_for_mail(changed: Mapping[str, str]) -> bool:
    return not changed.keys().isdisjoint(("mail", "digest")) and changed.get("mail") != "off"


def _is_so(office: Office, case: Case, done: Result, changed: Mapping[str, str]) -> Result:
    """The same with the truth, where what was set brings nothing: to who ends a digest and gets no
    single messages either, whose mail came back or who has not said yes yet, and who has paused."""
    person, text, name = done.person, done.text, case.conference
    options = person.options or {}
    if "mail" not in changed and option(options, "mail") != "on":
        text = (_mode(office, name, person), *text[1:])
    if changed.get("mail") != "" and not person.gets_again:
        why = information.silent(office, person, name)
        text += ("\n".join(why),) if why else ()
    if option(options, "paused"):
        text += (_is_paused(person.lang),)
    return replace(done, text=text)


def _revived(office: Office, case: Case, done: Result) -> Result:
    """Who asks for mail gets it, whatever came back before: from this list, and at this address."""
    member = done.person.member
    events = membership.revived(office, case.conference, member) if member else ()
    if member is None or not events:
        return done
    person = replace(done.person, member=replace(member, state="active"), gets_again=True)
    return Result(person, done.text, Plan(events=events) + done.plan)


def _set_topics(office: Office, case: Case, person: Person, words: tuple[str, ...]) -> Result:
    """Only posts about some topics; `off` or `all` for all again."""
    wanted = wishes.words(" ".join(words))
    if not wanted:
        return Result(person, (unclear(person.lang),))
    first = vocabulary.plain(wanted[0])
    if len(wanted) == 1 and (vocabulary.is_all(first) or _VALUES.get(first, ("", ""))[0] == "off"):
        text = gettext(person.lang, "From now on messages about everything come to you.")
        return _done(office, case, person, {"topics": ""}, text)
    text = gettext(
        person.lang,
        "From now on only messages about these topics come to you: those with one of the words in "
        "their subject, or that somebody sorted so.",
    )
    rows = "\n".join(line(word) for word in wanted)
    return _done(office, case, person, {"topics": ",".join(wanted)}, f"{text}\n{rows}")


def _set_zone(office: Office, case: Case, person: Person, words: tuple[str, ...]) -> Result:
    """By which clock a digest comes at six in the morning."""
    name = (zone_named(" ".join(words)) or zone_named(words[0])) if words else ""
    if not name:
        text = gettext(person.lang, "Please write the name of a time zone after the word, such as:")
        return Result(person, (f"{text}\n{line('Africa/Nairobi')}\n{line('America/Bogota')}",))
    text = gettext(person.lang, "From now on digests come at six in the morning in this time zone:")
    return _done(office, case, person, {"zone": name}, f"{text}\n{line(name)}")


def _changed(name: str, value: str) -> dict[str, str]:
    """The options that a setting changes; empty when it makes no sense."""
    if (name, value) not in _SAID:
        return {}
    if name != "digest":
        return {name: "" if value == "on" else value}
    if value == "off":
        return {"digest": ""}
    return {"digest": value, "mail": ""} if value in ("daily", "weekly") else {"form": value}


def chosen(words: Iterable[str]) -> dict[str, str]:
    """How mail comes to those who join with these words: `daily`, `weekly`, `answers` or `off`;
    empty for each post by itself."""
    for word in words:
        value = _VALUES.get(vocabulary.plain(word).strip(commands.END_MARKS), ("", ""))[0]
        if value in ("daily", "weekly"):
            return {"digest": value}
        if value in ("answers", "off"):
            return {"mail": value}
    return {}


def _mail_on(lang: str) -> str:
    return gettext(lang, "From now on the messages come to you by mail.")


def _mail_off(lang: str) -> str:
    return gettext(
        lang, "From now on nothing comes to you by mail. You may still write, and read on the web."
    )


def _mail_answers(lang: str) -> str:
    return gettext(
        lang,
        "From now on only answers come to you: to what you wrote, and in topics that you began. "
        "All the rest is on the web.",
    )


def _digest_off(lang: str) -> str:
    return gettext(lang, "From now on each message comes to you by itself.")


def _digest_daily(lang: str) -> str:
    return gettext(lang, "From now on the messages come to you together, once a day.")


def _digest_weekly(lang: str) -> str:
    return gettext(lang, "From now on the messages come to you together, once a week.")


def _form_page(lang: str) -> str:
    return gettext(lang, "When messages come together, they are one mail that reads like a page.")


def _form_mime(lang: str) -> str:
    return gettext(lang, "When messages come together, each is there whole.")


def _form_plain(lang: str) -> str:
    return gettext(lang, "When messages come together, they are one plain text.")


def _form_summary(lang: str) -> str:
    return gettext(lang, "When messages come together, you get a short overview with links.")


def _copy_on(lang: str) -> str:
    return gettext(lang, "What you write yourself comes to you as well.")


def _copy_off(lang: str) -> str:
    return gettext(lang, "What you write yourself does not come to you any more.")


def _dup_on(lang: str) -> str:
    return gettext(lang, "A message that is addressed to you as well comes to you twice.")


def _dup_off(lang: str) -> str:
    return gettext(lang, "A message that is addressed to you as well comes to you only once.")


_SAID = {
    ("mail", "on"): _mail_on,
    ("mail", "off"): _mail_off,
    ("mail", "answers"): _mail_answers,
    ("digest", "off"): _digest_off,
    ("digest", "daily"): _digest_daily,
    ("digest", "weekly"): _digest_weekly,
    ("digest", "page"): _form_page,
    ("digest", "mime"): _form_mime,
    ("digest", "plain"): _form_plain,
    ("digest", "summary"): _form_summary,
    ("copy", "on"): _copy_on,
    ("copy", "off"): _copy_off,
    ("dup", "on"): _dup_on,
    ("dup", "off"): _dup_off,
}


def _set_max(office: Office, case: Case, person: Person, value: str) -> Result:
    match = _MAX.fullmatch(numbers.digits(value))
    if match is None and _VALUES.get(value, ("", ""))[0] != "off":
        return Result(person, (unclear(person.lang),))
    if match is None:
        text = gettext(person.lang, "From now on you get as many messages a day as there are.")
        return _done(office, case, person, {"max": ""}, text)
    text = ngettext(
        person.lang,
        "From now on at most %(num)s message a day comes by itself, the rest together.",
        "From now on at most %(num)s messages a day come by themselves, the rest together.",
        int(match[1]),
    )
    return _done(office, case, person, {"max": f"{match[1]}/day"}, text)


def language(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`language es`: what we write to the person in."""
    wanted = _language(command.words[0]) if command.words else ""
    if not wanted:
        rows = "\n".join(line(f"{one.code}  {one.name}") for one in i18n.LANGUAGES.values())
        text = gettext(person.lang, "We can write to you in these languages:") + "\n" + rows
        return Result(person, (text,))
    before, person = person, person.speaking(wanted)
    if person.member is None:
        return Result(person, (not_on(wanted),))
    event = rosterevents.member(
        person.member.number,
        person.member.address,
        at=clock.now(),
        consent=Consent("mail", LANGUAGE),
        name=person.member.name,
        lang=wanted,
        state=person.member.state,
    )
    text = gettext(wanted, "From now on we write to you in English.")
    plan = Plan(events=(event,), subject="Set a language")
    if person.options is not None and option(person.options, "lang"):  # the list had its own
        own = rosterevents.options(
            case.conference, person.member.number, {"lang": ""}, at=clock.now(), by="mail"
        )
        plan += Plan(events=(own,))
        person = person.with_options({"lang": ""})
    return Result(person, (text,), plan + Plan(letters=_rests(office, case, before, person)))


def _rests(office: Office, case: Case, before: Person, after: Person) -> tuple[Letter, ...]:
    """Digests in the old language end; what they would have brought comes now, of every list."""
    number = before.member.number if before.member else 0
    letters: tuple[Letter, ...] = ()
    for name, options in office.roster().subscriptions.of(number).items():
        here = case.conference == name and after.options is not None
        was = before.options if here else options
        now = after.options if here else options
        _, more = shifting.between(
            office, name, replace(before, options=was), replace(after, options=now)
        )
        letters += more
    return letters


def _language(word: str) -> str:
    """The language that a code or a name means; empty when we do not speak it."""
    plain = vocabulary.plain(word)
    for code, one in i18n.LANGUAGES.items():
        names = {code, one.name, *(i18n.language_name(code, lang) for lang in i18n.LANGUAGES)}
        if plain in map(vocabulary.plain, names):
            return code
    return ""


def pause(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Nothing comes until `resume`; what is missed is remembered by the moment."""
    if person.options is None or person.member is None:
        return Result(person, (not_on(person.lang),))
    text = _is_paused(person.lang)
    if option(person.options, "paused"):
        return Result(person, (text,))
    since = shifting.begun(office, case.conference, person)
    moment = log.moment(since) + timedelta(seconds=1) if since else clock.now()
    if waits := shifting.unsent(office, case.conference):
        moment = min(moment, log.moment(waits))
    return _done(office, case, person, {"paused": _time(min(moment, clock.now()))}, text)


def _is_paused(lang: str) -> str:
    return gettext(
        lang,
        "Nothing comes to you from here now. When you want its mail again, send us the word "
        "“%(word)s”: then you also get what you missed.",
        word=vocabulary.shown(vocabulary.COMMANDS, "resume", lang),
    )


def resume(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The end of a pause, with what was missed, or `resume skip` without it. To who wants nothing
    by mail nothing comes, of what was missed neither."""
    if person.options is None or person.member is None:
        return Result(person, (not_on(person.lang),))
    since = option(person.options, "paused")
    back = _back(office, case, person)
    if not since:
        calm = gettext(person.lang, "You had not paused. All is as it was.")
        alive = _revived(office, case, Result(person, (back,)))
        return alive if alive.plan else Result(person, (calm,))
    ended = _revived(office, case, _done(office, case, person, {"paused": ""}, back))
    skip = command.words and _VALUES.get(vocabulary.plain(command.words[0]), ("", ""))[0] == "skip"
    if skip or option(person.options, "mail") == "off":
        return ended
    if catchup.is_shut_out(office, case.conference, person):
        closed = gettext(person.lang, "This is for members only.")
        return Result(ended.person, (closed,), ended.plan)
    missed = catchup.mails(office, case.conference, person, _moment(since))
    text = (back, _missed(person.lang, len(missed)))
    return Result(ended.person, text, ended.plan + Plan(letters=missed))


def _back(office: Office, case: Case, person: Person) -> str:
    if option(person.options or {}, "mail") != "on":
        return _mode(office, case.conference, person)
    return gettext(person.lang, "Good to have you back. What is written here comes to you again.")


def _mode(office: Office, conference: str, person: Person) -> str:
    """How mail comes once a pause is over."""
    after = person.with_options({"paused": ""}).options or {}
    return letters.mode(office, conference, person.lang, after)


def _missed(lang: str, mails: int) -> str:
    if not mails:
        return gettext(lang, "Nothing was written while you were away.")
    return ngettext(
        lang,
        "What was written while you were away comes to you in %(num)s mail.",
        "What was written while you were away comes to you in %(num)s mails.",
        mails,
    )


def not_on(lang: str) -> str:
    """What somebody hears who is not on the list."""
    return gettext(lang, "This address has not joined, so there is nothing to set.")


def unclear(lang: str) -> str:
    """What somebody hears whose setting makes no sense."""
    word = vocabulary.shown(vocabulary.COMMANDS, "help", lang)
    return gettext(
        lang,
        "We did not understand what to set. Send us the word “%(word)s” to see what there is.",
        word=word,
    )


def _done(
    office: Office, case: Case, person: Person, changed: Mapping[str, str], text: str
) -> Result:
    number = person.member.number if person.member else 0
    event = rosterevents.options(case.conference, number, changed, at=clock.now(), by="mail")
    after = person.with_options(changed)
    said, letters = shifting.between(office, case.conference, person, after)
    plan = Plan(events=(event,), letters=letters, subject="Set options")
    return Result(after, (text, *said), plan)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    """When a pause began; one that cannot be read began long ago, so that nothing is missed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _OLD_PAUSE
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
