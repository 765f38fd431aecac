"""What a machine that helps does, in a process of its own without threads, for it forks:

    python -m solicomm_build.builder.hands.helper HUB

An order comes in on standard input, its answer goes out on standard output (pipes.py). It ends with
its input. Pages are made below
`state/building/` of the hub's folder, with links to the repositories that this machine has; nothing
else of the hub there is looked at.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import zstandard

from solicomm_build.builder import assets, hooks, hub, loading
from solicomm_build.builder.apart import children
from solicomm_build.builder.carrying.smallhub import copy_brand
from solicomm_build.builder.follow import Parsed, Unread, read_apart, shares
from solicomm_build.builder.front.branding import Following
from solicomm_build.builder.hands import indexing, pipes
from solicomm_build.builder.hands.bench import PARTED, HelperError
from solicomm_build.builder.hands.errand import Errand, Made, code
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import taken
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.foundation import clock, data, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.types import Oid

_LENT = ("content", "unions", "themes")
_TEMPLATES = "templates.json"
_FEW = 64
"""Posts that one process reads itself."""


@dataclass(slots=True)
class _Warm:
    """All that is loaded for one build."""

    sources: Sources
    plan: Plan
    pages: dict[str, Planned]
    renderer: Renderer


class Helper:
    """Does what it is asked, for one errand at a time; another one begins anew."""

    def __init__(self, config: Config) -> None:
        self._lender = config
        self._root = config.state / "building"
        self._errand: Errand | None = None
        self._config: Config | None = None
        self._warm: _Warm | None = None
        self._now = contextlib.ExitStack()

    def read(self, errand: Errand, name: str, posts: Sequence[Unread]) -> list[Parsed]:
        """Posts of the repository at `name` below the hub, as the index has them."""
        repo = self._begun(errand).root / name
        if not repo.is_dir():
            raise HelperError(f"{name} is not on this machine")
        if len(posts) <= _FEW or children.COUNT == 1:
            return read_apart(repo, posts)
        works = [partial(read_apart, repo, part) for part in shares(posts)]
        return [one for part in children.end(children.begin(works)) for one in part]

    def index(self, errand: Errand, name: str) -> tuple[str, int]:
        """The rows of the conference whose repository is at `name` below the hub (indexing.py): the
        file that has them, below this hub, and how many octets."""
        config = self._begun(errand)
        repo = config.root / name
        if not repo.is_dir():
            raise HelperError(f"{name} is not on this machine")
        file = config.root / f"{digest(name)}{PARTED}"
        work = partial(indexing.indexed, config, repo, Oid(errand.commits[name]), file)
        size = children.end([children.fork(work)])[0]
        return file.relative_to(self._lender.root).as_posix(), size

    def take(self, errand: Errand, number: int, piece: bytes) -> None:
        """Keeps a piece of the index; number 0 is the first."""
        config = self._begun(errand)
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(config.state / "pages.zst", "ab" if number else "wb") as file:
            file.write(piece)

    def make(self, errand: Errand, urls: Sequence[str]) -> Made:
        """The pages at these addresses."""
        warm = self._of(errand)
        missing = [url for url in urls if url not in warm.pages]
        if missing:
            raise HelperError(f"{missing[0]} is no page here")
        pages = [warm.pages[url] for url in urls]
        made = Made(warm.renderer.render(pages, {}, warm.plan.read))
        paths = [output.path for output in made.outcome.outputs]
        made.files += taken(warm.sources.root, paths)
        return made

    def do(self, errand: Errand, name: str, given: Any) -> bytes:
        """What comes of a piece of a feature's work, packed. In a child, with which its memory
        goes."""
        warm, work = self._of(errand), hooks.works()[name]
        return children.end(
            [children.fork(lambda: pipes.pack(work(warm.sources, warm.plan.found, given)))]
        )[0]

    def _of(self, errand: Errand) -> _Warm:
        self._begun(errand)
        self._warm = self._warm or self._warmed(errand)
        return self._warm

    def _begun(self, errand: Errand) -> Config:
        if self._config is None or self._errand != errand:
            self.close()
            self._now.enter_context(clock.fixed(datetime.fromtimestamp(errand.moment, UTC)))
            root = self._root / errand.key
            root.mkdir(mode=0o700, parents=True)
            (root / FILE).write_bytes(errand.settings)
            own = self._lender.cluster.git.own
            for name in _LENT:
                places = [self._lender.root / name, *([Path(own) / name] if own else [])]
                has = [place for place in places if _has(place, errand)]
                if has:
                    (root / name).symlink_to(has[-1].resolve())
            self._errand, self._config = errand, hubyaml.parse(errand.settings, root)
            copy_brand(self._lender, self._config)
        return self._config

    def _warmed(self, errand: Errand) -> _Warm:
        assert self._config is not None  # noqa: S101 - begun
        theme, following = data.theme(), Following(self._config)
        following.moved()
        config = following.config
        sources = Sources(config)
        sources.tree.make()
        file = config.state / "pages.zst"
        with open(file, "rb") as packed, open(sources.tree.database, "wb") as whole:
            zstandard.ZstdDecompressor().copy_stream(packed, whole)
        file.unlink()
        commits = {config.root / name: Oid(commit) for name, commit in errand.commits.items()}
        theme_key = code(self._lender.state)
        found = loading.load(config, sources, commits, code=theme_key)
        facts = hub.facts(config, found, following.look)
        env = digest(theme_key, facts, hub.settings_key(config))
        if env != errand.env:
            raise HelperError("what every page shows is another here: theme, pictures or version")
        today = datetime.fromtimestamp(errand.moment, UTC).date()
        plan = Plan(config, sources, found, env, full=True, today=today).of_conferences()
        names = children.apart(partial(assets.names, theme, following.look.dressed))
        kept, code_of = self._lender.state / _TEMPLATES, config.state / _TEMPLATES
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(kept, code_of)  # made anew where it is of another theme
        renderer = Renderer(sources, facts, theme, names)
        with contextlib.suppress(FileNotFoundError):  # the program has it
            safeio.write_atomic(kept, code_of.read_bytes(), durable=False)
        return _Warm(sources, plan, {page.url: page for page in plan.planned}, renderer)

    def close(self) -> None:
        """Forgets the errand, and takes away what it left on the disk."""
        if self._warm is not None:
            self._warm.sources.close()
        self._warm = self._config = self._errand = None
        self._now.close()
        shutil.rmtree(self._root, ignore_errors=True)


def _has(place: Path, errand: Errand) -> bool:
    names = [name for name in errand.commits if name.startswith(place.name + "/")]
    return place.is_dir() and all((place.parent / name).is_dir() for name in names)


def _packed(made: Any) -> bytes:
    return made if isinstance(made, bytes) else pipes.pack(made)


def serve(config: Config, orders: IO[bytes], answers: IO[bytes]) -> None:
    """Until there are no more orders: each is (name of a method, what it is given packed: the
    errand, and the rest), each answer (whether it was done, what came of it packed or why not)."""
    helper, known, errand = Helper(config), b"", None
    can: dict[str, Callable[..., Any]] = {
        "index": helper.index, "read": helper.read, "take": helper.take, "make": helper.make,
        "do": helper.do,
    }  # fmt: skip
    while True:
        try:
            name, given = pipes.receive(orders)
        except EOFError:
            break
        try:
            if name == "code":
                made: Any = code(config.state)
            else:
                if known != given[0]:
                    known, errand = given[0], pipes.unpack(given[0])
                made = can[name](errand, *pipes.unpack(given[1]))
            answer: tuple[bool, Any] = True, _packed(made)
        except SoliCommError as error:
            answer = False, error.public
        except Exception as error:  # noqa: BLE001 - the edge: whoever asked says it, and goes on
            answer = False, f"{type(error).__name__}: {error}"
        pipes.send(answers, answer)
    helper.close()


def main() -> None:
    """The process."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not meet our answers
    serve(hubyaml.load(Path(sys.argv[1])), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
