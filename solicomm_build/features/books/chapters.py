"""Topics and their posts as the chapters of a book, in XHTML. What stands around the posts speaks
the conference's language, each post its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from solicomm_build.features.books.gathering import Gathered, Part
from solicomm_build.features.books.wanted import TOPIC
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.post.books import epub, xhtml
from solicomm_build.post.books.book import Chapter
from solicomm_build.post.books.xhtml import escaped, quoted
from solicomm_build.post.pages import AttachmentFacts, Cited, PostFacts, TopicFacts
from solicomm_build.post.reading import linking, postnotes

FULL = 200_000
"""Characters after which a file of a book ends: old e-readers turn pages slowly in long ones."""
PICTURES = 40_000_000
"""Octets that the pictures of a book have together; those after it are links."""

Blob = Callable[[str], bytes]


@dataclass(slots=True)
class Shown:
    """The pictures that a book shows: names in the book by blob."""

    names: dict[str, str] = field(default_factory=dict)
    octets: dict[str, bytes] = field(default_factory=dict)
    left: int = PICTURES

    def take(self, url: str, oid: str, blob: Blob) -> str | None:
        """The name of a picture in the book; None when it is of another kind or there is no
        room."""
        if oid not in self.names:
            ending = url.rpartition(".")[2].lower()
            if not epub.is_shown(f".{ending}"):
                return None
            data = blob(oid)
            if len(data) > self.left:
                return None
            self.left -= len(data)
            self.names[oid] = name = f"pictures/{len(self.names) + 1}.{ending}"
            self.octets[name] = data
        return self.names[oid]


class Chapters:
    """All of a book's; `pictures` is filled while they are made."""

    def __init__(self, config: Config, gathered: Gathered, blob: Blob) -> None:
        self._config, self._book, self._blob = config, gathered, blob
        self._lang = gathered.about.lang
        self.pictures = Shown()

    def made(self) -> tuple[Chapter, ...]:
        """The chapters in their order."""
        return tuple(
            Chapter(name, title, self._body(part, posts, is_first=is_first), self._below(posts))
            for name, title, part, posts, is_first in self._files
        )

    @cached_property
    def _files(self) -> list[tuple[str, str, Part, Sequence[PostFacts], bool]]:
        """(name, title, part, posts, whether it is the part's first) of each file."""
        found: list[tuple[str, str, Part, Sequence[PostFacts], bool]] = []
        for part in self._book.parts:
            for number, posts in enumerate(_broken(part.posts)):
                name = f"chapter-{len(found) + 1}.xhtml"
                title = "" if number else self._title(part)
                found.append((name, title, part, posts, number == 0))
        return found

    @cached_property
    def _homes(self) -> Mapping[tuple[str, str], str]:
        """The file that each post stands in, by topic and mid."""
        return {
            (part.topic.tid, post.mid): name
            for name, _, part, posts, _ in self._files
            if part.topic
            for post in posts
        }

    def _title(self, part: Part) -> str:
        if part.stretch.title:
            return part.stretch.title
        nothing = gettext(self._lang, "(no subject)")
        return (part.topic.title if part.topic else "") or nothing

    def _below(self, posts: Sequence[PostFacts]) -> tuple[tuple[str, str], ...]:
        """What the table of contents has below a chapter: the posts, in the book of one topic."""
        if self._book.wanted.kind != TOPIC:
            return ()
        return tuple(
            (
                f"#{i18n.format_number(self._lang, post.number)} {post.name}, "
                f"{i18n.format_date(self._lang, post.date)}",
                _ident(post.mid),
            )
            for post in posts
            if "hidden" not in post.notes
        )

    def _body(self, part: Part, posts: Sequence[PostFacts], *, is_first: bool) -> str:
        head = self._head(part) if is_first else ""
        shown = "\n".join(self._post(part, post) for post in posts)
        return f'<section epub:type="chapter" role="doc-chapter">{head}\n{shown}\n</section>'

    def _head(self, part: Part) -> str:
        title, topic = self._title(part), part.topic
        lines = [f"<h1><bdi>{escaped(title)}</bdi></h1>"]
        if part.stretch.title and topic and topic.title:
            lines.append(f"<p><bdi>{escaped(topic.title)}</bdi></p>")
        lines += [f"<p><bdi>{escaped(said)}</bdi></p>" for said in part.stretch.said]
        lines += [self._to_read(*one) for one in part.stretch.read]
        if topic:
            url = f"{self._config.url}{self._book.about.url}t/{topic.tid}/"
            shown = f'<a href={quoted(url)}><bdi dir="ltr">{escaped(url)}</bdi></a>'
            lines.append(f'<p class="meta">{self._meta(part, topic)} · {shown}</p>')
        return "".join(lines)

    def _meta(self, part: Part, topic: TopicFacts) -> str:
        count = len(part.posts)
        posts = ngettext(
            self._lang,
            "%(num)s post",
            "%(num)s posts",
            count,
            num=i18n.format_number(self._lang, count),
        )
        marks = [posts, *(escaped(label) for label in topic.labels)]
        if topic.closed:
            marks.append(escaped(gettext(self._lang, "This topic is closed.")))
        return " · ".join(marks)

    def _to_read(self, title: str, url: str) -> str:
        shown = _link(url, title) if url else f"<bdi>{escaped(title)}</bdi>"
        says = escaped(gettext(self._lang, "To read:"))
        return f"<p>{says} {shown}</p>"

    # one post

    def _post(self, part: Part, post: PostFacts) -> str:
        ident, lang = _ident(post.mid), self._lang
        number = f"#{i18n.format_number(lang, post.number)}"
        head = f"<h2 id={quoted(f'h{ident}')}>{number} <bdi>{escaped(post.name)}</bdi></h2>"
        when = (
            f"<time datetime={quoted(i18n.isodate(post.date))}>"
            f"{escaped(i18n.format_datetime(lang, post.date))}</time>"
        )
        lines = [f'<p class="meta">{when}{self._parent(part, post)}</p>']
        if post.subject and part.topic and post.subject != part.topic.title and post.parent:
            subject = escaped(gettext(lang, "Subject:"))
            lines.append(f'<p class="meta">{subject} <bdi>{escaped(post.subject)}</bdi></p>')
        lines += [
            f'<p class="meta">{escaped(one)}</p>' for one in postnotes.words(lang, post.notes)
        ]
        if post.hub:
            at = escaped(gettext(lang, "Written at"))
            place = _link(self._absolute(post.hub.url), post.hub.title)
            lines.append(f'<p class="meta">{at} {place}</p>')
        spoken = f" lang={quoted(post.lang)} xml:lang={quoted(post.lang)}" if post.lang else ""
        way = i18n.direction(post.lang) if post.lang else "auto"
        text = f"<div{spoken} dir={quoted(way)}>{self._text(part, post)}</div>"
        files = "".join(map(self._file, post.attachments))
        return (
            f"<article id={quoted(ident)} aria-labelledby={quoted(f'h{ident}')}>"
            f"{head}{''.join(lines)}{text}{files}</article>"
        )

    def _parent(self, part: Part, post: PostFacts) -> str:
        if post.parent is None or part.numbers is None or part.names is None:
            return ""
        number = f"#{i18n.format_number(self._lang, part.numbers[post.parent])}"
        name = f"<bdi>{escaped(part.names[post.parent])}</bdi>"
        place = self._place(part, post.parent)
        says = escaped(gettext(self._lang, "in reply to"))
        return f" · {says} <a href={quoted(place)}>{number} {name}</a>"

    def _place(self, part: Part, mid: str) -> str:
        """The address of a post of the same topic: within the book, else at the hub."""
        tid = part.topic.tid if part.topic else ""
        home = self._homes.get((tid, mid))
        if home is None:
            return f"{self._config.url}{self._book.about.url}t/{tid}/#{mid}"
        return f"{home}#{_ident(mid)}"

    def _text(self, part: Part, post: PostFacts) -> str:
        cites: Mapping[str, Cited | None] = dict(post.cites)
        own = xhtml.of_html(
            linking.cited(post.html, cites, self._lang, self._absolute),
            named=lambda name: f"{_ident(post.mid)}-{name}",
        )

        def place(number: int) -> tuple[str, str] | None:
            if number >= post.number or part.names is None:
                return None
            mid = part.mids[number - 1]
            return self._place(part, mid), part.names[mid]

        return linking.numbered(own, place)

    def _file(self, file: AttachmentFacts) -> str:
        size = escaped(i18n.format_size(self._lang, file.bytes))
        name = f"<bdi>{escaped(file.name)}</bdi>"
        if file.url is None:
            return f'<p class="meta">{name} {size}</p>'
        said = _link(self._absolute(file.url), file.name)
        shown = f'<p class="meta">{said} {size}</p>'
        small = file.small
        picture = self.pictures.take(small.url, small.oid, self._blob) if small else None
        if picture is None:
            return shown
        alt = gettext(self._lang, "Picture: %(name)s", name=file.name)
        return f"<p><img src={quoted(picture)} alt={quoted(alt)}/></p>{shown}"

    def _absolute(self, url: str) -> str:
        return f"{self._config.url}{url}" if url.startswith("/") else url


def _link(url: str, text: str) -> str:
    return f"<a href={quoted(url)}><bdi>{escaped(text)}</bdi></a>"


def _ident(mid: str) -> str:
    """The id of a post within its file: ids of XML begin with a letter."""
    return f"p-{mid}"


def _broken(posts: Sequence[PostFacts]) -> Iterator[Sequence[PostFacts]]:
    """The posts of a topic, as many at a time as one file takes; one empty run where there are
    none."""
    run: list[PostFacts] = []
    filled = 0
    for post in posts:
        size = len(post.html) + 600
        if run and filled + size > FULL:
            yield run
            run, filled = [], 0
        run.append(post)
        filled += size
    yield run
