"""News of a union's site that are mail, too: `news: {list: ID}` in site.yaml.

The desk follows each site with the cursor `desk-news` and compares what was published there with
what is now. A piece of news that was not there becomes a post from `site-<union>@` to the list,
through spool/in as any mail: the list's rules say whether a moderator looks at it first, and
`accept+trust` lets the next ones through. Its Message-ID is made of the union and the name of the
news, so that a kill, or taking the news down and up again, never sends it twice. Nothing comes back
from the list into the site's repository, so nothing goes round. A site seen for the first time
begins at its tip: no archive is mailed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from solicomm_build.desk.chores import Looked
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values import sitefiles, sitelinks
from solicomm_build.features.sites.values.site import News, Site, decode_news
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import SLUG, Envelope, Oid
from solicomm_build.foundation.watch import Watch
from solicomm_build.git import log
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import following
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.tips import Tips
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.text import hypertext
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.post.editorial import markup

CONSUMER = "desk-news"
_REST = 2.0  # seconds between two looks at all sites
MOST = 5
"""Pieces of news that one look sends; more at once is a site that was moved here."""


@dataclass(slots=True)
class Newsroom:
    """What was looked at. Not for several threads."""

    config: Config
    log: MailLog
    watch: Watch = field(default_factory=Watch.idle)
    looked: Looked[Oid] = field(default_factory=Looked)
    tips: Tips = field(init=False)

    def __post_init__(self) -> None:
        self.tips = Tips(self.config.unions)

    def run(self) -> bool:
        """Sends what is new; whether there was anything. Blocking; a look costs a `stat` a
        site, and more where one changed."""
        if self.looked.rests(_REST):
            return False
        done = False
        tips = {name.removesuffix(".git"): tip for name, tip in self.tips.now().items()}
        unions = sorted(filter(SLUG.fullmatch, tips))
        moved = [one for one in unions if self.looked.seen.get(one) != tips[one]]
        for union in self.watch.each("news", moved):
            done = self._site(union, open_repo(self.config.union_repo(union))) or done
            self.looked.seen[union] = tips[union]
        return done

    def _site(self, union: str, repo: Repo) -> bool:
        with following(repo):
            return self._followed(union, repo)

    def _followed(self, union: str, repo: Repo) -> bool:
        cursor = Cursor(repo, CONSUMER)
        tip, seen = repo.ref(), cursor.read()
        if tip is None or tip == seen:
            return False
        items: list[Item] = []
        if seen is not None:
            with Reader(repo) as reader:
                items = list(_posts(self.config, reader, union, seen, tip))
        if items:
            spool = Spool(self.config.spool_in)
            try:
                spool.put(items)
                spool.ring()
            finally:
                spool.close()
            self.log.event("site-news", union=union, posts=len(items))
        cursor.advance(seen, tip)
        return bool(items)


def _posts(config: Config, reader: Reader, union: str, seen: Oid, tip: Oid) -> Iterator[Item]:
    site = _settings(reader, union, tip)
    if site is None or not config.conference_repo(site.news_list).is_dir():
        return
    if not site.news_list:
        return
    changed = [one.path for one in log.diff(reader.repo, seen, tip, reader=reader) if one.oid]
    names = dict.fromkeys(sitefiles.slug_of(p) for p in changed if sitefiles.place(p) == "news")
    if not names:
        return
    before, now = _files(reader, seen), _files(reader, tip)
    fresh = (name for name in names if not _published(reader, before.get(name, ()), site))
    found = (_published(reader, now.get(name, ()), site) for name in fresh)
    files = [entry.path for entry in reader.tree(tip, recursive=True)]
    for shown in islice(filter(None, found), MOST):
        yield _post(config, site, shown[0], files)


def _files(reader: Reader, rev: Oid) -> dict[str, list[tuple[str, Oid]]]:
    """The files of each piece of news, by its name."""
    found: dict[str, list[tuple[str, Oid]]] = {}
    for entry in reader.tree(rev, "news", recursive=True):
        path = f"news/{entry.path}"
        if sitefiles.place(path) == "news":
            found.setdefault(sitefiles.slug_of(path), []).append((path, entry.oid))
    return found


def _published(reader: Reader, files: Iterable[tuple[str, Oid]], site: Site) -> list[News]:
    """A piece of news as everybody may see it, the site's first language first."""
    found: list[News] = []
    for path, oid in files:
        try:
            news = decode_news(reader.blob(oid), path, default_lang=site.languages[0])
        except SoliCommError:
            continue
        if news.status == "published" and news.lang in site.languages:
            found.append(news)
    return sorted(found, key=lambda one: site.languages.index(one.lang))


def _settings(reader: Reader, union: str, rev: Oid) -> Site | None:
    try:
        return sites.decode_site(reader.at(rev, sites.FILE) or b"", union=union)
    except SoliCommError:
        return None


def _post(config: Config, site: Site, news: News, files: Sequence[str]) -> Item:
    now, domain = clock.now(), config.domain
    base = absolute(config.url, config.pages, f"/unions/{site.union}/")
    tongue = "" if news.lang == site.languages[0] else f"{news.lang}/"
    sender, to = f"{PREFIX}-{site.union}@{domain}", f"{site.news_list}@{domain}"
    head = [
        mailbox_field("From", site.title_in(news.lang), sender),
        header_field("To", to),
        header_field("Subject", " ".join(news.title.split())),
        date_field(now),
        header_field("Message-ID", f"<news.{news.slug}@{site.union}.sites.{domain}>"),
        header_field("Content-Language", news.lang),
    ]
    if site.contact.email:
        head.append(header_field("Reply-To", site.contact.email))

    def resolve(link: str) -> str | None:
        return sitelinks.address(link, news.lang, site.languages, files, base=base, hub=config.url)

    seen = hypertext.to_text(markup.render_page(news.body, resolve=resolve))
    parts = [news.summary, seen, f"{base}{tongue}news/{news.slug}/"]
    raw = message(head, text_part("\n\n".join(filter(None, parts)) + "\n"))
    return Item(Envelope(sender, (to,), now, ours=True), raw)
