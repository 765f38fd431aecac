"""`help`, `lists`, `which`, `who` and `owner`: what one may ask (docs/mail-rules.md#commands)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from solicomm_build.desk import hooks, letters, vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case
from solicomm_build.desk.words import line
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import UNCONFIRMED

_MOST_SHOWN = 2000


def help_(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The commands that most people want, in the person's language, and where the rest is; with
    `all` every one."""
    lang = person.lang
    text = gettext(
        lang,
        "This is what you can do by mail. Write one of these words into a mail, each on a line of "
        "its own, and send it to:",
    )
    local = f"{case.conference}-request" if case.conference else SITE
    is_staff = _is_staff(office, case, person)
    wants_all = bool(command.words) and vocabulary.is_all(command.words[0])
    common = _rows(lang, is_staff=False) if wants_all else [*_common(lang)]
    explained = [*common, *(_rows(lang, is_staff=True) if is_staff else ())]
    rows = [f"{line(words)}\n{line('    ' + what)}" for words, what in explained]
    told = (f"{text}\n{line(office.address(local))}", "\n".join(rows))
    return Result(person, told if wants_all else (*told, *_rest(office, lang)))


def _common(lang: str) -> Iterator[tuple[str, str]]:
    """The six that most people want."""
    yield from itertools.islice(_explained(lang), 3)
    yield _set(lang, "mail", "answers"), gettext(lang, "get only answers to what you wrote")
    yield _word(lang, "pause"), gettext(lang, "get nothing for a while, for instance on holiday")
    yield _word(lang, "resume"), gettext(lang, "get mail again, and what you missed")


def _rest(office: Office, lang: str) -> tuple[str, ...]:
    """Where everything else is."""
    page = gettext(lang, "There is more. All of it is done with buttons on your own page:")
    button = f"[{_hub(lang)}]({office.config.url}/members/)"
    by_mail = gettext(lang, "By mail, this word brings all there are:")
    word = f"{_word(lang, 'help')} {wordtables.in_language(vocabulary.ALL, lang)}"
    return page, button, f"{by_mail}\n{line(word)}"


def _hub(lang: str) -> str:
    return gettext(lang, "My hub")


def _rows(lang: str, *, is_staff: bool) -> list[tuple[str, str]]:
    """Each command as it is written, and what it does: for all, or what moderators can do
    besides."""
    own = [] if is_staff else list(enumerate(_explained(lang)))
    found = [(10 * number + 10, row) for number, row in own]
    for command in hooks.commands().values():
        found += [
            (row.rank, (row.written(lang), row.says(lang)))
            for row in command.help
            if row.for_staff == is_staff
        ]
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _explained(lang: str) -> Iterator[tuple[str, str]]:
    """The commands of lists; the first has the rank 10, each other 10 more."""
    yield _word(lang, "join"), gettext(lang, "become a member")
    yield _word(lang, "leave"), gettext(lang, "stop being a member")
    yield _set(lang, "digest", "daily"), gettext(lang, "get the messages together, once a day")
    yield _set(lang, "digest", "weekly"), gettext(lang, "get them together, once a week")
    yield _set(lang, "digest", "off"), gettext(lang, "get each message by itself")
    yield _set(lang, "mail", "answers"), gettext(lang, "get only answers to what you wrote")
    yield _set(lang, "mail", "off"), gettext(lang, "get nothing by mail, but stay a member")
    yield _set(lang, "mail", "on"), gettext(lang, "get mail again")
    yield _set(lang, "copy", "off"), gettext(lang, "do not get what you write yourself")
    several = f"{_word(lang, 'set')} {vocabulary.shown(vocabulary.OPTIONS, 'max', lang)} 10"
    yield several, gettext(lang, "get ten messages a day by themselves, the rest together")
    yield _topics(lang), gettext(lang, "get only messages about some topics")
    yield _word(lang, "pause"), gettext(lang, "get nothing for a while, for instance on holiday")
    yield _word(lang, "resume"), gettext(lang, "get mail again, and what you missed")
    yield (
        f"{_word(lang, 'language')} es",
        gettext(lang, "be written to in Spanish: en fr es pt ar ru"),
    )
    yield f"{_word(lang, 'address')} ana@union.example", gettext(lang, "move to another address")
    yield _word(lang, "which"), gettext(lang, "see which lists you are on")
    yield _word(lang, "lists"), gettext(lang, "see which lists there are")
    yield _word(lang, "index"), gettext(lang, "see the latest messages")
    yield f"{_word(lang, 'search')} …", gettext(lang, "look for words in the subjects")
    yield f"{_word(lang, 'get')} abcd2345", gettext(lang, "get a message that you found")
    yield (
        f"{_word(lang, 'get')} abcd2345 epub",
        gettext(lang, "get its whole topic as a book, for phones and e-readers"),
    )
    yield _word(lang, "owner"), gettext(lang, "see whom to write to when all else fails")


def _is_staff(office: Office, case: Case, person: Person) -> bool:
    """Whether the person looks after the list, for certain."""
    if person.proof is None or not case.conference:
        return False
    return office.roster().role(case.conference, person.proof) in ("moderator", "host")


def _word(lang: str, name: str) -> str:
    return vocabulary.shown(vocabulary.COMMANDS, name, lang)


def _set(lang: str, option: str, value: str) -> str:
    return vocabulary.setting(option, value, lang)


def _topics(lang: str) -> str:
    return f"{_word(lang, 'set')} {vocabulary.shown(vocabulary.OPTIONS, 'topics', lang)} …"


def lists(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The lists and conferences that everybody may know of."""
    found = office.open_lists()
    if not found:
        return Result(person, (gettext(person.lang, "There is no list here that is open to all."),))
    rows = [
        f"{line(office.address(one.id))}\n{line('    ' + one.title_in(person.lang))}"
        for one in found
    ]
    text = gettext(person.lang, "These lists are open to all. To join one, send an empty mail to:")
    example = line(office.address(f"{found[0].id}-join"))
    return Result(person, (f"{text}\n{example}", "\n".join(rows)))


def which(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The person's own lists, and how the mail of each comes."""
    number = person.member.number if person.member else 0
    found = office.roster().subscriptions.of(number)
    if case.conference in found and person.options is not None:
        found[case.conference] = person.options
    if not found:
        return Result(person, (gettext(person.lang, "This address is not on any list here."),))
    rows = [gettext(person.lang, "You are on these lists:")]
    for name, options in found.items():
        again = person.gets_again and name == case.conference
        how = [] if again else silent(office, person, name)
        how = how or letters.mode(office, name, person.lang, options).split("\n")
        rows.append("\n".join(line(row.strip()) for row in (office.address(name), *how)))
    return Result(person, tuple(rows))


def silent(office: Office, person: Person, name: str) -> list[str]:
    """Why nothing of a list comes to a member, whatever is set; nothing where all is well."""
    roster, lang = office.roster(), person.lang
    number = person.member.number if person.member else 0
    state = roster.state(number, name).state
    word, brings = _set(lang, "mail", "on"), gettext(lang, "get mail again")
    again = f"{word}: {brings}"
    if state == UNCONFIRMED:
        yet = gettext(lang, "Nothing comes yet: you have not said that you want to stay.")
        return [yet, again]
    whole = "active" if person.gets_again else roster.state(number).state
    if "disabled" not in (state, whole):
        return []
    return [gettext(lang, "Mail came back from your mailbox, so nothing comes to you now."), again]


def who(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Who is on the list; for the people who look after it (docs/mail-rules.md#membership)."""
    members, asking = office.roster(), person.proof
    if asking is None or members.role(case.conference, asking) not in ("moderator", "host"):
        text = gettext(person.lang, "Only moderators can see who else has joined.")
        return Result(person, (text,))
    rows = [
        line(f"{member.name} <{member.address}>" if member.name else member.address)
        for member, _ in members.subscribers(case.conference)
    ]
    if not rows:
        return Result(person, (gettext(person.lang, "Nobody has joined yet."),))
    text = gettext(person.lang, "These people have joined. Please keep it to yourself:")
    return Result(person, (text + "\n" + "\n".join(rows[:_MOST_SHOWN]),))


def owner(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Whom to write to."""
    local = f"{case.conference}-owner" if case.conference else "postmaster"
    text = gettext(person.lang, "The people who look after it read what you write to:")
    return Result(person, (f"{text}\n{line(office.address(local))}",))
