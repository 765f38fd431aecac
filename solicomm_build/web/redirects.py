"""Old addresses of archives lead to our pages: 301, and the same as a map for nginx or Caddy.

Pipermail, HyperKitty and Sympa below the paths they had, `/mid/<hash or Message-ID>`, and
`/mid/<conference>/<mid>` for scripts of pages, which know a post and not its page. What the maps of
the conferences say (`post/reading/oldlinks.py`) is kept until their branches move. Where a post is
read is asked of the builder's index (docs/formats/pages.md), and an address is given only when its
page is there. So posts of lists without pages lead nowhere.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.msgid import own_id
from solicomm_build.post.reading import oldlinks, topicpages
from solicomm_build.post.reading.oldlinks import Links
from solicomm_build.web.cloning.visibility import PublicRepositories

HYPERKITTY = ("/hyperkitty/list/", "/archives/list/", "/mailman3/hyperkitty/list/")
PATHS = (
    *HYPERKITTY,
    "/pipermail/",
    "/mailman/private/",
    "/sympa/arc/",
    "/wws/arc/",
    "/sympa/arcsearch_id/",
    "/wws/arcsearch_id/",
    "/mid/",
)
"""What comes first in every old address."""

_PLACE = re.compile(
    rf"(/(?:(?:[a-z]{{2,3}}|take)/)?)({'|'.join(formernames.KINDS)})/([^/]+)((?:/.*)?)", re.DOTALL
)
"""A page of a place, in a language and not, and what there is to take of it."""
_MONTH = re.compile(r"([0-9]{1,4})/([0-9]{1,2})")
_FRESH = 2.0  # seconds for which the maps are believed without a look
_PRIVATE, _PIPERMAIL = "/mailman/private/", "/pipermail/"


class OldAddresses:
    """Finds the page for an old path. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Oid, Links]] = {}
        self._looked = float("-inf")

    def find(self, path: str) -> str | None:
        """Where an old path (percent-decoded) leads, as a path of ours; None for nowhere."""
        with self._lock:
            if time.monotonic() - self._looked > _FRESH:
                self._look()
            known = {name: links for name, (_, links) in self._known.items()}
        with closing(self._index()) as index:
            return self._of_hash(path, known, index) or self._of_map(path, known, index)

    def all(self) -> Iterator[tuple[str, str]]:
        """(old path, page) of every old address that leads somewhere, for another web server."""
        with self._lock:
            self._look()
            known = {name: links for name, (_, links) in sorted(self._known.items())}
        with closing(self._index()) as index:
            for name, links in known.items():
                page = cache(partial(self._page, name, index=index))
                for path, target in sorted(links.pages.items()):
                    found = page(target)
                    if found is not None and not path.endswith("/*"):
                        yield path, found
                        if path.startswith(_PIPERMAIL):
                            yield _PRIVATE + path.removeprefix(_PIPERMAIL), found
                yield from self._hyperkitty(name, links, index)

    def _hyperkitty(
        self, name: str, links: Links, index: sqlite3.Connection
    ) -> Iterator[tuple[str, str]]:
        mids = index.execute("SELECT mid FROM post WHERE conf=? ORDER BY mid", (name,)).fetchall()
        front = self._there(f"/conferences/{name}/")
        for address in links.addresses if front else ():
            for prefix in HYPERKITTY:
                yield f"{prefix}{address}/", f"/conferences/{name}/"
            for (mid,) in mids:
                found = self._page(name, mid, index)
                if found is not None:
                    for prefix in HYPERKITTY:
                        for kind in ("message", "thread"):
                            yield f"{prefix}{address}/{kind}/{mid.upper()}/", found

    def _look(self) -> None:
        """Reads the maps whose branches moved. Of a repository that is damaged the one counts that
        was read before."""
        now: dict[str, tuple[Oid, Links]] = {}
        for folder in sorted(self._config.conferences.glob("*.git")):
            known = self._known.get(folder.stem)
            with suppress(SoliCommError):
                known = _map_of(folder, known)
            if known is not None:
                now[folder.stem] = known
        self._known, self._looked = now, time.monotonic()

    def _of_hash(self, path: str, known: dict[str, Links], index: sqlite3.Connection) -> str | None:
        """Addresses that hold the hash of a Message-ID, or the Message-ID itself."""
        steps = path.strip("/").split("/")
        if path.startswith("/mid/"):
            given = path.removeprefix("/mid/").strip("/")
            place, _, post = given.partition("/")
            if oldlinks.is_mid(post):
                return self._page(place, post, index)
            return self._anywhere(oldlinks.mid_of_hash(given) or post_id(own_id(given)), index)
        if "/arcsearch_id/" in path and len(steps) >= 5:
            return self._in(steps[2], "/".join(steps[4:]), index)
        prefix = next((one for one in HYPERKITTY if path.startswith(one)), None)
        if prefix is None:
            return None
        address, *rest = path.removeprefix(prefix).strip("/").split("/")
        names = [name for name, links in known.items() if address.lower() in links.addresses]
        name = names[0] if names else ""
        if name and len(rest) >= 2 and rest[0] in ("message", "thread"):
            mid = oldlinks.mid_of_hash(rest[1])
            return self._page(name, mid, index) if mid else None
        if name and (month := _MONTH.fullmatch("/".join(rest[:2]))):
            return self._page(name, f"{int(month[1]):04d}/{int(month[2]):02d}/", index)
        return self._page(name, "", index) if name else None

    def _in(self, name: str, msgid: str, index: sqlite3.Connection) -> str | None:
        return self._page(name, post_id(own_id(msgid)), index)

    def _anywhere(self, mid: str, index: sqlite3.Connection) -> str | None:
        for name in sorted(path.stem for path in self._config.conferences.glob("*.git")):
            found = self._page(name, mid, index)
            if found is not None:
                return found
        return None

    def _of_map(self, path: str, known: dict[str, Links], index: sqlite3.Connection) -> str | None:
        if path.startswith(_PRIVATE):
            path = _PIPERMAIL + path.removeprefix(_PRIVATE)
        for name, links in known.items():
            target = links.target(path)
            if target is not None:
                return self._page(name, target, index)
        return None

    def _page(self, name: str, target: str, index: sqlite3.Connection) -> str | None:
        """The address of a post or place of a conference, if its page is there."""
        base = f"/conferences/{name}/"
        if not oldlinks.is_mid(target):
            return self._there(base + target) or self._there(base)
        row = index.execute(
            "SELECT topic FROM post WHERE conf=? AND mid=?", (name, target)
        ).fetchone()
        if row is None:
            return None
        posts = index.execute(
            "SELECT mid, weight FROM post WHERE conf=? AND topic=? ORDER BY time, mid",
            (name, row[0]),
        ).fetchall()
        place = next((at for at, (mid, _) in enumerate(posts) if mid == target), 0)
        number = topicpages.page_at(topicpages.breaks(weight for _, weight in posts), place)
        found = self._there(topicpages.page_url(f"{base}t/{row[0]}/", number))
        return f"{found}#{target}" if found else None

    def _there(self, path: str) -> str | None:
        file = self._config.public / path.strip("/") / "index.html"
        return path if file.is_file() else None

    def _index(self) -> sqlite3.Connection:
        """The builder's index; an empty one where nothing was built yet."""
        file = self._config.state / "pages.sqlite"
        if file.is_file():
            db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
            try:
                db.execute("SELECT weight FROM post LIMIT 1")
                return db
            except sqlite3.Error:
                db.close()
        db = sqlite3.connect(":memory:")
        db.execute("CREATE TABLE post (conf, mid, topic, time, hidden, weight)")
        return db


def _map_of(folder: Path, known: tuple[Oid, Links] | None) -> tuple[Oid, Links] | None:
    """The map of a conference and the commit it is of; what is `known` where nothing moved. Raises
    SoliCommError."""
    repo = open_repo(folder)
    tip = repo.ref()
    if tip is None or (known is not None and known[0] == tip):
        return known
    with Reader(repo) as reader:
        blob = reader.at(MAIN, oldlinks.FILE)
    return tip, oldlinks.decode(blob or b"")


class FormerNames:
    """ASGI application: what is asked of a place by a name that it had before. Pages are led on
    (301), and browsers ask each time, for `rename --undo` turns the way round: who remembered it
    would be led in a circle. What a form sends there arrives. Git is served by either name
    (git.py).

    Nobody is led to a place that not everybody may know of: who may read it gets its pages at the
    old address as they are, and everybody else what there is where there never was a place.
    `is_public` says which those are, by kind and id; blocking."""

    def __init__(self, app: ASGIApp, config: Config, is_public: Callable[[str, str], bool]) -> None:
        self._app, self._config, self._is_public = app, config, is_public
        self._folders = {
            "conferences": config.conferences,
            "libraries": config.libraries,
            "unions": config.unions,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._now(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            path, kind, name = found
            is_read = scope["method"] in ("GET", "HEAD")
            if is_read and await asyncio.to_thread(self._is_public, kind, name):
                query = scope["query_string"].decode("latin-1")
                target = quote(path, safe="/@:+=,~") + (f"?{query}" if query else "")
                headers = {"cache-control": "no-cache"}
                await RedirectResponse(target, 301, headers)(scope, receive, send)
                return
            scope = {**scope, "path": path, "raw_path": quote(path).encode("ascii")}
        await self._app(scope, receive, send)

    def _now(self, path: str) -> tuple[str, str, str] | None:
        """The path with the name of today, and of what kind and id the place is; None where it is
        that already."""
        found = _PLACE.fullmatch(path)
        if found is None:
            return None
        before, kind, name, rest = found.groups()
        new = None
        with suppress(StoreError):  # damaged: pages are shown by the names of today
            new = formernames.now(self._config.private, kind).get(name)
        if new is None or (self._folders[kind] / f"{name}.git").exists():
            return None
        return f"{before}{kind}/{new}{rest}", kind, new


class Redirects:
    """ASGI application: 301 for old addresses, everything else goes on to `pages`."""

    def __init__(self, config: Config, pages: ASGIApp) -> None:
        self._old, self._pages = OldAddresses(config), pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(PATHS) and scope["method"] in ("GET", "HEAD"):
            target = await asyncio.to_thread(self._find, path)
            if target is not None:
                headers = {"cache-control": "public, max-age=3600"}
                await RedirectResponse(target, 301, headers)(scope, receive, send)
                return
        await self._pages(scope, receive, send)

    def _find(self, path: str) -> str | None:
        try:
            return self._old.find(path)
        except sqlite3.Error:  # the index is being made anew: say that there is no such page
            return None


_BEFORE, _REST = "/(?:(?:[a-z]{2,3}|take)/)?", "/[A-Za-z0-9._~@:+=,/-]*"
"""A page of a place for another web server: nothing that its header fields could not hold."""


def _former(config: Config) -> Iterator[tuple[str, str]]:
    """What places that everybody may know of were called before, and are now: `unions/docks`."""
    is_public = PublicRepositories(config)
    for kind in formernames.KINDS:
        for old, new in sorted(formernames.now(config.private, kind).items()):
            if is_public(kind, new):
                yield f"{kind}/{old}", f"{kind}/{new}"


def nginx_map(config: Config) -> str:
    """The old addresses as a `map` of nginx, to be included in `http { }`: those of archives, and
    of places that are called otherwise now."""
    lines = [
        "# Old addresses of archives. In http { }:   include this file;",
        "# in server { }:   if ($solicomm_old) { return 301 $solicomm_old; }",
        "map_hash_bucket_size 512;",
        "map_hash_max_size 262144;",
        "map $uri $solicomm_old {",
        '    default "";',
        *(f"    {_quoted(old)} {_quoted(new)};" for old, new in OldAddresses(config).all()),
        *(
            f'    "~^(?<solicomm_lang>{_BEFORE}){old}(?<solicomm_rest>{_REST})$" '
            f"${{solicomm_lang}}{new}$solicomm_rest;"
            for old, new in _former(config)
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def caddy_map(config: Config) -> str:
    """The same as a snippet for a Caddyfile: `import` it inside the site."""
    lines = [
        "# Old addresses of archives. Inside the site's block:   import this file",
        "map {path} {solicomm_old} {",
        *(f"\t{_quoted(old)} {_quoted(new)}" for old, new in OldAddresses(config).all()),
        *(f'\t"~^({_BEFORE}){old}({_REST})$" "${{1}}{new}${{2}}"' for old, new in _former(config)),
        '\tdefault ""',
        "}",
        '@solicomm_old expression {solicomm_old} != ""',
        "redir @solicomm_old {solicomm_old} 301",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: str) -> str:
    """A path between quotes, with nothing in it that ends them or names a variable."""
    return '"' + quote(path, safe="/@:+=,~#") + '"'
