"""`conference.yaml`: the settings of a conference or a list.

Pure; imports schema, yamlsafe, errors and postingrules. The file lies in a repository that may be
public, so no address of a person can stand in it: moderators are named by person id. The format,
`solicomm/conference@1`, is docs/formats/conference-yaml.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.types import SLUG
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.post import postingrules, sounds
from solicomm_build.post.postingrules import PostingRules

FILE = "conference.yaml"
SCHEMA = "solicomm/conference@1"

KINDS = ("conference", "list")
VISIBILITIES = ("public", "unlisted", "members", "encrypted")
POSTINGS = ("open", "members", "moderated", "announce")
PSEUDONYMS = ("forbidden", "allowed", "required")
ROBOTS = ("index", "noindex")
REPLY_TO = ("author", "list", "both", "conversation")
ARCHIVES = ("pages", "none")
DMARC = ("auto", "always", "never", "wrap")
MIRRORS = ("public-inbox", "imap")
SOUND = ("files", "links", "none")
BEFORE_VOICES = ("pdf", "odt", "docx", "csv", "png", "jpg")
"""`types` as starters wrote it before voices were welcome: lists that have it as it was take the
sounds of starters of today, too, but where only pseudonyms are shown: voices tell who speaks."""

_MOST_BYTES = 100 * 1024 * 1024  # of one file
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,40}")
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_MIRROR = re.compile("|".join(MIRRORS))
_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,60}@[0-9]{1,4}")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_HUB = re.compile(r"[a-z0-9][a-z0-9-]{2,40}")
_REFERENCE = re.compile(r"[A-Za-z0-9:@/._-]{1,200}")


@dataclass(frozen=True, slots=True)
class AttachmentRules:
    """What may be attached; no types named means all that the hub takes. `clean` is whether copies
    to members lose what their files know of the author; what is shown always does. `sound` is how
    recordings reach members: as files, as links to the page, or not at all, since none are taken.
    A recording has `sound_bytes` at most, any other file `max_bytes`: octets of one file.
    """

    max_bytes: int = 10 * 1024 * 1024
    types: tuple[str, ...] = ()
    clean: bool = True
    sound: str = "files"
    sound_bytes: int = sounds.MOST_BYTES


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a course: the day it opens, what is read, what is done. A week whose `version` is
    raised opens once more (features/courses/course.py)."""

    week: int
    opens: str
    title: Mapping[str, str]
    read: tuple[str, ...] = ()
    task: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Conference:
    """The settings of one conference or list, whose mail goes to its id at the hub's domain. The
    first language is that of its pages.
    """

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    kind: str = "conference"
    visibility: str = "public"
    posting: str = "members"
    moderators: tuple[str, ...] = ()
    pseudonyms: str = "allowed"
    attachments: AttachmentRules = AttachmentRules()
    forms: tuple[str, ...] = ()
    calendar: tuple[Week, ...] = ()
    zone: str = ""
    weekly_summary: bool = False
    raw_mail_days: int = 0
    licence: str = ""
    robots: str = "index"
    answer_target_hours: int = 72
    publish_health: bool = True
    reply_to: str = "author"
    footer: bool = False
    dmarc: str = "auto"
    redact_origin: bool = False
    archive: str = "pages"
    detach: bool = False
    mirror: tuple[str, ...] = ()
    policy: PostingRules | None = None
    home: str = ""
    heirs: tuple[str, ...] = ()
    """The hubs that may carry it on when its home is gone, in their order."""
    former_home: str = ""
    """The id of the hub that decides about the conference, where that is another one."""

    @property
    def rules(self) -> PostingRules:
        """What is asked of posts: as written, else as usual with this posting mode."""
        return self.policy or postingrules.defaults(self.posting)

    @property
    def is_list(self) -> bool:
        """Whether it is shown among the mailing lists. Posts of both kinds go out to members."""
        return self.kind == "list"

    @property
    def is_closed(self) -> bool:
        """Whether it is for its members only."""
        return self.visibility in ("members", "encrypted")

    @property
    def has_pages(self) -> bool:
        """Whether posts are on pages; where only members read, after signing in."""
        return self.visibility != "encrypted" and self.archive != "none"

    def title_in(self, language: str) -> str:
        """The title in a language, else in the conference's first, else any, else the id."""
        return _in(self.title, language, self.languages) or self.id

    def description_in(self, language: str) -> str:
        """The description likewise; empty when there is none."""
        return _in(self.description, language, self.languages)


def _in(texts: Mapping[str, str], language: str, languages: tuple[str, ...]) -> str:
    for tag in (language, *languages, *texts):
        if texts.get(tag):
            return texts[tag]
    return ""


def decode(blob: bytes | str, file: str = FILE) -> Conference:
    """The settings in a file. Raises ContentErrors with every fault found."""
    try:
        top = schema.open_file(blob, file=file)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    top.value("address")  # once a setting, never in effect: files that have it still load
    conference = _read(top)
    top.close()
    top.raise_faults()
    return conference


def _read(top: schema.Section) -> Conference:
    languages = top.languages()
    visibility = top.choice("visibility", VISIBILITIES, "public")
    days, hours, publish = _retention_and_health(top)
    posting = top.choice("posting", POSTINGS, "members")
    rules = postingrules.read(top.section("policy"), posting)
    pseudonyms = top.choice("pseudonyms", PSEUDONYMS, "allowed")
    hidden = visibility in {"members", "encrypted"}
    robots = top.choice("robots", ROBOTS, "noindex" if hidden else "index")
    return Conference(
        id=_id(top),
        title=_title(top, languages[0]),
        description=top.by_language("description", languages[0], longest=5000, lines=True),
        languages=languages,
        kind=top.choice("kind", KINDS, "conference"),
        visibility=visibility,
        posting=posting,
        moderators=top.words("moderators", pattern=_PERSON, example="[p_7h2kq]"),
        pseudonyms=pseudonyms,
        attachments=_attachments(top.section("attachments"), voices=pseudonyms != "required"),
        forms=top.words("forms", pattern=_FORM, example="[collective-agreement@1]"),
        calendar=_calendar(top, languages[0]),
        zone=top.parsed("zone", _zone, "", "Write a name such as `zone: Africa/Nairobi`"),
        weekly_summary=_rhythm(top.section("rhythm")),
        raw_mail_days=days,
        licence=top.text("licence", longest=60),
        robots="noindex" if hidden else robots,
        answer_target_hours=hours,
        publish_health=publish,
        reply_to=top.choice("reply_to", REPLY_TO, "author"),
        footer=top.flag("footer", False),
        dmarc=top.choice("dmarc", DMARC, "auto"),
        redact_origin=top.flag("redact_origin", hidden),
        archive=top.choice("archive", ARCHIVES, "pages"),
        detach=top.flag("detach", False),
        mirror=_mirror(top, visibility),
        policy=rules if rules != postingrules.defaults(posting) else None,
        home=top.text("home", pattern=_HUB, example="water-3fk2q7ab"),
        heirs=top.words("heirs", pattern=_HUB, example="[metal-u5wq2b7c]", most=5),
        former_home=top.text("former_home", pattern=_HUB, example="water-3fk2q7ab"),
    )


def _id(top: schema.Section) -> str:
    value = top.text("id", required=True, example="water-workers")
    if value and not SLUG.fullmatch(value):
        top.fault(
            "id", f"{value!r} is not an id", "Use up to 28 of a-z, 0-9 and -, as in `water-2`"
        )
    return value


def _title(top: schema.Section, language: str) -> dict[str, str]:
    title = top.by_language("title", language, longest=5000, lines=True)
    if not title:
        top.value("title", required=True, example="{en: Water workers}")
    return title


def _mirror(top: schema.Section, visibility: str) -> tuple[str, ...]:
    kinds = top.words("mirror", pattern=_MIRROR, example="[public-inbox, imap]")
    if "public-inbox" in kinds and visibility != "public":
        top.fault(
            "mirror",
            f"everybody can read a public-inbox, and this conference is `{visibility}`",
            "Take public-inbox out of `mirror`; `mirror: [imap]` is for members alone",
        )
    return kinds


def _attachments(section: schema.Section, *, voices: bool) -> AttachmentRules:
    types = tuple(section.words("types", pattern=_EXTENSION, example="[pdf, odt]"))
    sound = section.choice("sound", SOUND, "files")
    if types == BEFORE_VOICES and voices and sound != "none":
        types += sounds.EXTENSIONS
    most = section.integer("max_bytes", AttachmentRules().max_bytes, high=_MOST_BYTES)
    usual = min(most, sounds.MOST_BYTES)
    rules = AttachmentRules(
        most,
        types,
        section.flag("clean", True),
        sound,
        section.integer("sound_bytes", usual, high=_MOST_BYTES),
    )
    section.close()
    return rules


def _calendar(top: schema.Section, language: str) -> tuple[Week, ...]:
    weeks = tuple(_week(week, language) for week in top.sections("calendar"))
    numbers = [week.week for week in weeks if week.opens]
    for number in sorted({one for one in numbers if numbers.count(one) > 1}):
        top.fault("calendar", f"`calendar` has week {number} twice", "Give each week its number")
    return weeks


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no time zone") from error
    return text


def _rhythm(section: schema.Section) -> bool:
    weekly = section.choice("summary", ("none", "weekly"), "none") == "weekly"
    section.close()
    return weekly


def _week(section: schema.Section, language: str) -> Week:
    opens = section.text("opens", required=True, example="2026-04-06")
    if opens and not (_DAY.fullmatch(opens) and _is_day(opens)):
        section.fault("opens", f"{opens!r} is not a day", "Write `opens: 2026-04-06`")
    week = Week(
        section.integer("week", 1, low=1, high=200),
        opens,
        section.by_language("title", language, longest=5000, lines=True),
        section.words("read", pattern=_REFERENCE, example='["lib:2026-7QK3XA2M"]'),
        section.text("task", longest=500),
        section.integer("version", 1, low=1, high=99),
    )
    section.close()
    return week


def _is_day(text: str) -> bool:
    """Whether a zone can move it, too: the first and the last day of all may end beyond dates."""
    try:
        return date.min.year < date.fromisoformat(text).year < date.max.year
    except ValueError:
        return False


def _retention_and_health(top: schema.Section) -> tuple[int, int, bool]:
    retention, health = top.section("retention"), top.section("health")
    days = retention.integer("raw_mail_days", 0, high=36_500)
    retention.choice("posts", ("forever",), "forever")
    hours = health.integer("answer_target_hours", 72, low=1, high=10_000)
    publish = health.flag("publish", True)
    retention.close()
    health.close()
    return days, hours, publish


def encode(conference: Conference) -> bytes:
    """The file of these settings, without those that have their default. `decode` reads it back."""
    plain = Conference(conference.id, conference.title)
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "id": conference.id,
        "title": dict(conference.title),
        "kind": conference.kind,
        "languages": list(conference.languages),
        "visibility": conference.visibility,
        "posting": conference.posting,
    }
    optional: dict[str, Node] = {
        "description": dict(conference.description),
        "moderators": list(conference.moderators),
        "pseudonyms": conference.pseudonyms if conference.pseudonyms != plain.pseudonyms else "",
        "attachments": _attachment_values(conference.attachments),
        "forms": list(conference.forms),
        "calendar": [_week_values(week) for week in conference.calendar],
        "zone": conference.zone,
        "rhythm": {"summary": "weekly"} if conference.weekly_summary else {},
        "retention": {"raw_mail_days": str(conference.raw_mail_days)}
        if conference.raw_mail_days
        else {},
        "licence": conference.licence,
        "robots": conference.robots if conference.robots != plain.robots else "",
        "health": _health_values(conference),
        "reply_to": conference.reply_to if conference.reply_to != plain.reply_to else "",
        "footer": "true" if conference.footer else "",
        "dmarc": conference.dmarc if conference.dmarc != plain.dmarc else "",
        "redact_origin": _redaction(conference),
        "archive": conference.archive if conference.archive != plain.archive else "",
        "detach": "true" if conference.detach else "",
        "mirror": list(conference.mirror),
        "policy": postingrules.encode(conference.policy, conference.posting),
        "home": conference.home,
        "heirs": list(conference.heirs),
        "former_home": conference.former_home,
    }
    values.update({key: value for key, value in optional.items() if value})
    return yamlsafe.dump(values).encode("utf-8")


def _attachment_values(rules: AttachmentRules) -> Node:
    values: dict[str, Node] = {}
    if rules.max_bytes != AttachmentRules().max_bytes:
        values["max_bytes"] = str(rules.max_bytes)
    if rules.types:
        values["types"] = list(rules.types)
    if not rules.clean:
        values["clean"] = "false"
    if rules.sound != AttachmentRules().sound:
        values["sound"] = rules.sound
    if rules.sound_bytes != min(rules.max_bytes, sounds.MOST_BYTES):
        values["sound_bytes"] = str(rules.sound_bytes)
    return values


def _week_values(week: Week) -> Node:
    values: dict[str, Node] = {
        "week": str(week.week),
        "opens": week.opens,
        "title": dict(week.title),
        "read": list(week.read),
        "task": week.task,
        "version": str(week.version) if week.version != 1 else "",
    }
    return {key: value for key, value in values.items() if value}


def _health_values(conference: Conference) -> Node:
    if conference.answer_target_hours == 72 and conference.publish_health:
        return {}
    return {
        "answer_target_hours": str(conference.answer_target_hours),
        "publish": "true" if conference.publish_health else "false",
    }


def _redaction(conference: Conference) -> str:
    """The flag when it is not the default of this visibility."""
    default = conference.visibility in {"members", "encrypted"}
    if conference.redact_origin == default:
        return ""
    return "true" if conference.redact_origin else "false"
