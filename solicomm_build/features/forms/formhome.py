"""What is not public of an answer, on its way to the form's home at another hub.

    where it was filled in: private/forms/for-home/<conference>.<mid> ─→ given ─→ signed and sealed
    home:                   taken ─→ private/forms/<conference>.git, as if it was filled in there

It goes when its post is in the conference, and until the home says that it has it. The home takes
it once, for a post that came from that hub and answers that form. Who wrote it is not told.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.formstore import PrivateAnswer
from solicomm_build.features.forms.values import formvalues
from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Giver, PostId, post_id
from solicomm_build.git import commitmessage
from solicomm_build.git import log as history
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.reading import origins
from solicomm_build.post.store import postplaces

_FOLDER = "forms/for-home"
_FATES = "forms/at-home"
WAITS = timedelta(days=90)
"""How long an answer whose post never came into the conference is remembered."""
_MOST_COMMITS = 1000  # that a post was changed by
_MID = re.compile(r"[a-z2-7]{32}")


# -- where it was filled in -------------------------------------------------------------------


def owe(config: Config, conference: str, mid: str) -> None:
    """Notes that the home of a conference has not got an answer; durable, safe to call twice."""
    folder = config.private / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(folder / f"{conference}.{mid}", b"", mode=0o600)


def given(config: Config, conference: str, _own: str) -> Iterator[tuple[str, bytes]]:
    """What this hub has for the home of a conference: ids of posts, and contents."""
    owed = {PostId(path.suffix[1:]) for path in _owed(config, conference)}
    if not owed:
        return
    there = ready(config, conference, owed)
    for one in formstore.private_answers(config, conference, lambda mid: mid in there):
        if one.mid in there:
            yield one.mid, replace(one, person="").encode().encode("utf-8", "replace")


def told(config: Config, conference: str, mid: str) -> dict[str, str]:
    """For the person who asks what there is: to which hub an answer goes, too, and whether it has
    it. That hub cannot say: it does not know whose it is."""
    found = formstore.of_conference(config, conference)
    if found is None or not found[0].home:
        return {}
    home = {"home": found[0].home}
    if (config.private / _FOLDER / f"{conference}.{mid}").exists():
        return {**home, "at_home": "not brought yet"}
    fate = config.private / _FATES / f"{conference}.{mid}"
    if not fate.exists():
        return home  # it was settled by a version that did not remember it
    why = fate.read_text("utf-8")
    return {**home, "at_home": f"not taken: {why}" if why else "it has it"}


def settled(config: Config, conference: str, mid: str, why: str) -> None:
    """The home has an answer, or will never take it: why. It is remembered for the person."""
    if not _MID.fullmatch(mid):
        return
    owed = config.private / _FOLDER / f"{conference}.{mid}"
    if owed.exists():
        fate = config.private / _FATES / owed.name
        fate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        safeio.write_atomic(fate, why.encode("utf-8", "replace"), mode=0o600)
        owed.unlink(missing_ok=True)


def forget_all(config: Config, mids: Iterable[str]) -> None:
    """Nothing of these answers is owed any more, nor remembered."""
    for mid in mids:
        for folder in (_FOLDER, _FATES):
            for path in (config.private / folder).glob(f"*.{mid}"):
                path.unlink(missing_ok=True)


def sweep(config: Config) -> None:
    """Forgets what nobody confirmed in time, and what waits for a post that has not come in ninety
    days. What only waits for its home is kept as long as that takes."""
    if not timekeeping.is_sure(config.state):
        return
    formstore.sweep(config)
    old = (clock.now() - WAITS).timestamp()
    late: dict[str, list[Path]] = {}
    for path in (config.private / _FOLDER).glob("*"):
        with contextlib.suppress(FileNotFoundError):  # settled just now
            if path.stat().st_mtime < old:
                late.setdefault(path.stem, []).append(path)
    for conference, paths in late.items():
        is_here = config.conference_repo(conference).exists()
        mids = {path.suffix[1:] for path in paths}
        there = ready(config, conference, mids) if is_here else ()
        for path in paths:
            if path.suffix[1:] not in there:  # else its home has not asked for so long
                path.unlink(missing_ok=True)


def _owed(config: Config, conference: str) -> list[Path]:
    return sorted((config.private / _FOLDER).glob(f"{conference}.*"))


# -- at the home ------------------------------------------------------------------------------


def ready(config: Config, conference: str, mids: Collection[str]) -> Collection[str]:
    """Those of these ids whose posts are in the conference. Blocking."""
    repo = open_repo(config.conference_repo(conference))
    return postplaces.places(repo, MAIN, {PostId(mid) for mid in mids}).keys()


def taken(config: Config, conference: str, giver: Giver, mid: str, content: bytes) -> str:
    """Takes what is not public of an answer that was filled in at another hub, durable on return;
    a sentence about it, or nothing when it is known. Raises ContentError for what is never
    taken."""
    said = _read(mid, content)
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        path = next(iter(postplaces.places(repo, MAIN, {PostId(mid)}).get(PostId(mid), [])), "")
        post = posts.decode(reader.at(MAIN, path) or b"", file=path) if path else None
        if post is None:
            return ""  # it was erased meanwhile
        if why := _why_not(repo, post, giver, said):
            raise _refused(mid, why)
        form = formstore.read(reader, said.form)
    values = formvalues.checked(form, said.values) if form else None
    if form is None or values is None or any(key in form.public for key in values):
        raise _refused(mid, f"{said.form} does not ask that in private")
    mine = replace(said, person="", hub=giver.id)
    known = formstore.private_answers(config, conference, lambda one: one == mid)
    before = [one for one in known if one.mid == mid]
    if before == [mine]:
        return ""
    if before:
        raise _refused(mid, "another private part of this answer is here, which counts")
    formstore.keep(config, conference, mid, mine.encode(), clock.now())
    return f"{conference}: {giver.id} has brought what is not public of report {mid[:10]}"


def _origin(repo: Repo, mid: str) -> str:
    """The hub from whose log a post came first; empty for our own."""
    tip = repo.ref()
    place = f":(glob)topics/*/*/posts/{mid}.md"
    commits = history.commits_of(repo, tip, place, _MOST_COMMITS) if tip else []
    return origins.of(commitmessage.trailers(commits[-1].message)) if commits else ""


def _why_not(repo: Repo, post: Post, giver: Giver, said: PrivateAnswer) -> str:
    """Why a hub may not say this about a post; empty when it may."""
    if post.answer is None or post.answer.form != said.form:
        return f"its post does not answer {said.form}"
    if post_id(said.message_id) != said.mid:
        return "it names another message"
    origin = _origin(repo, said.mid)
    if origin == giver.id:
        return ""
    is_there = bool(giver.domain) and said.message_id.endswith(f"@{giver.domain}")
    is_passed_on = not origin and is_there
    return "" if is_passed_on else "its post was not written at that hub"


def _read(mid: str, content: bytes) -> PrivateAnswer:
    try:
        facts: Any = json.loads(content)
        said = formstore.of_facts(facts)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refused(mid, "it cannot be read") from error
    texts = (said.mid, said.message_id, said.form, said.person, said.at, said.title)
    if not all(isinstance(one, str) and len(one) <= 998 for one in texts) or said.mid != mid:
        raise _refused(mid, "it cannot be read")
    if not isinstance(said.values, dict):
        raise _refused(mid, "it cannot be read")
    return said


def _refused(mid: str, why: str) -> ContentError:
    remedy = "It stays at the hub where it was filled in; ask that hub's operator for it"
    return ContentError(f"the private part of report {mid[:10]} is not taken: {why}", remedy=remedy)
