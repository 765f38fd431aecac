"""What a list's courier has done, as those see it who go along with it and were behind (beside.py);
and who has got a message through another list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from solicomm_build.courier import composed, newposts
from solicomm_build.courier.beside import Step
from solicomm_build.courier.hooks import Going
from solicomm_build.courier.newposts import NewPost
from solicomm_build.courier.recipients import Parties, parties, recipients
from solicomm_build.courier.withheld.withdrawal import is_withdrawn
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid, PostId
from solicomm_build.git import log as store_log
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.people.address import fold
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as conference_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post


class Past:
    """Reads it again. `is_mailed` says whether a commit goes out at all, `got` who got the copies
    of a post, by member's number, if that was noted. As the fan-out: not for several threads."""

    def __init__(
        self,
        config: Config,
        mail: HubMail,
        roster: RosterStore,
        is_mailed: Callable[[Conference, Commit], bool],
        got: Callable[[str, PostId], list[int] | None],
    ) -> None:
        self._config, self._mail, self._roster = config, mail, roster
        self._is_mailed, self._got = is_mailed, got

    def since(self, repo: Repo, since: Oid) -> Iterator[Step]:
        """What the courier has done in a list since a commit, in its order. Blocking."""
        if (done := Cursor(repo, COURIER).read()) is None:
            return
        with Reader(repo) as reader:
            settings = newposts.decoded(reader.at(since, conference_file.FILE))
            for commit in store_log.commits(repo, since, done, reader=reader):
                settings = newposts.settings_after(reader, commit, settings)
                posts: list[Going] = []
                if settings is not None and self._is_mailed(settings, commit):
                    posts = [*self._posts(settings, reader, commit)]
                yield Step(commit.oid, is_of_topics(commit), posts)

    def _posts(self, settings: Conference, reader: Reader, commit: Commit) -> Iterator[Going]:
        for post in newposts.of(commit.changes):
            if not is_withdrawn(reader, post.tid, post.mid):
                went = self._went(settings, reader, post, commit)
                if went is not None:
                    yield went

    def _went(
        self, settings: Conference, reader: Reader, post: NewPost, commit: Commit
    ) -> Going | None:
        """A post that went out, or was to; None when there is no message of it."""
        raw = composed.message(self._config, self._mail, settings, reader, post, commit)
        if raw is None:
            return None
        try:
            message = parties(raw)
        except MessageError:
            return None
        roster = self._roster.roster()
        got = self._got(settings.id, post.mid)
        if got is None:
            siblings = siblings_of(self._config, settings.id, message)
            to = recipients(roster, settings.id, message, closed=settings.is_closed)
            has = {fold(one.address) for one in to}
            has |= served(self._config, roster, siblings, post, message)
        else:
            has = {fold(roster.members[one].address) for one in got if one in roster.members}
        has.add(fold(list_facts(self._config, settings).address))
        return going(settings, post, raw, message, newposts.kept(reader, post), lambda: has)


def going(
    settings: Conference,
    post: NewPost,
    raw: bytes,
    message: Parties,
    kept: Post | None,
    served: Callable[[], Collection[str]],
) -> Going | None:
    """A post as companions see it; None for one that is on no page."""
    if post.tid is None:
        return None
    lang = kept.lang or "" if kept is not None else ""
    return Going(settings, post.tid, post.mid, raw, message, lang, served)


def is_of_topics(commit: Commit) -> bool:
    """Whether a commit changes topics, not only posts."""
    return any("/events/" in change.path for change in commit.changes)


def siblings_of(config: Config, name: str, message: Parties) -> list[str]:
    """The other lists here that To or Cc names."""
    ours = (one.rpartition("@") for one in message.addressed)
    ids = {local for local, _, domain in ours if domain == config.domain}
    return sorted(
        one for one in ids - {name} if SLUG.fullmatch(one) and config.conference_repo(one).exists()
    )


def served(
    config: Config, roster: Roster, siblings: Collection[str], post: NewPost, message: Parties
) -> set[str]:
    """Who has got the same message through another list: addresses, folded."""
    found: set[str] = set()
    for name in siblings:
        repo = open_repo(config.conference_repo(name))
        done = Cursor(repo, COURIER).read()
        if done is not None and newposts.has(repo, done, post):
            with Reader(repo) as reader:
                settings = newposts.decoded(reader.at(MAIN, conference_file.FILE))
            closed = settings is None or settings.is_closed
            members = recipients(roster, name, message, closed=closed)
            found.update(fold(member.address) for member in members)
    return found
