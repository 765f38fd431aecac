"""One thing that a person does who follows a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.walk.howto import Block
from tests.walk.machine import Machine, Said
from tests.walk.world import World

HUB = "/srv/solicomm/hub"


@dataclass
class Walk:
    """Where the walk is, and what went wrong on it."""

    machine: Machine
    world: World
    page: str = ""
    did: int = 0  # commands that were run
    faults: list[str] = field(default_factory=list)
    stays: bool = False  # waits at each fault for somebody to look

    def must(self, text: str, why: str, *, typed: str = "") -> str:
        """Runs something on the machine that the walk itself needs; what it said."""
        said = self.machine.run(text, typed=typed)
        self.expect(said.code == 0, f"{why}: {text!r} ended with {said.code}: {said.text[-2000:]}")
        return said.text

    def until(self, text: str, why: str, seconds: int = 60) -> str:
        """Runs a line on the machine until it goes well."""
        return self.must(
            f"well() {{ {text}; }}\n"
            f"for i in $(seq {seconds * 2}); do\n"
            "    if well > ~/.out 2>&1; then break; fi; sleep 0.5\n"
            "done\ncat ~/.out\nwell > /dev/null 2>&1",
            why,
        )

    def expect(self, well: bool, otherwise: str) -> None:
        """Notes a fault when something is not as it should be."""
        if not well:
            self.faults.append(f"{self.page}: {otherwise}")
            print(f"  FAULT {otherwise}", flush=True)
            if self.stays:
                pid = self.machine.pid
                input(f"Look with `nsenter -t {pid} --all --root --wd bash`; Enter goes on\n")


@dataclass(frozen=True)
class Do:
    """Type a block as it stands, but for what everybody replaces by his own."""

    begins: str
    replace: dict[str, str] = field(default_factory=dict)
    sees: tuple[str, ...] = ()  # patterns that are to be read
    never: tuple[str, ...] = ("Traceback", "command not found")
    typed: str = ""
    before: str = ""  # what stands for words of the page, such as WHERE
    after: str = ""

    def take(self, walk: Walk, block: Block) -> None:
        text = block.text
        for what, by in self.replace.items():
            walk.expect(what in text, f"line {block.line}: {what!r} is not there any more")
            text = text.replace(what, by)
        said = walk.machine.run(self.before + text + self.after, typed=self.typed)
        walk.did += sum(1 for line in text.splitlines() if line and not line.startswith(" "))
        self._judge(walk, block, said)

    def _judge(self, walk: Walk, block: Block, said: Said) -> None:
        where = f"line {block.line}"
        end = said.text[-3000:]
        walk.expect(said.code == 0, f"{where} ended with {said.code}:\n{end}")
        for pattern in self.sees:
            walk.expect(bool(re.search(pattern, said.text)), f"{where}: no {pattern!r} in:\n{end}")
        for pattern in self.never:
            walk.expect(not re.search(pattern, said.text), f"{where}: {pattern!r} in:\n{end}")


@dataclass(frozen=True)
class Settings:
    """Write the block's keys into hub.yaml, in the place of what is there."""

    begins: str
    replace: dict[str, str] = field(default_factory=dict)

    def take(self, walk: Walk, block: Block) -> None:
        text = block.text
        for what, by in self.replace.items():
            text = text.replace(what, by)
        path = walk.machine.path(f"{HUB}/hub.yaml")
        keys = {line.partition(":")[0] for line in text.splitlines()}
        kept = [
            line for line in path.read_text().splitlines() if line.partition(":")[0] not in keys
        ]
        path.write_text("\n".join([*kept, text]))
        walk.did += 1


@dataclass(frozen=True)
class Put:
    """Make a file of the block."""

    begins: str
    path: str
    mode: int = 0o644
    replace: dict[str, str] = field(default_factory=dict)

    def take(self, walk: Walk, block: Block) -> None:
        path = walk.machine.path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = block.text
        for what, by in self.replace.items():
            text = text.replace(what, by)
        path.write_text(text)
        path.chmod(self.mode)
        walk.did += 1


@dataclass(frozen=True)
class Skip:
    """Not done, for a reason that a person would have, too."""

    begins: str
    why: str

    def take(self, walk: Walk, block: Block) -> None:
        """Does nothing."""


@dataclass(frozen=True)
class Also:
    """What the page says in words, or what shows that its promise holds."""

    what: str
    do: Callable[[Walk], None]


@dataclass(frozen=True)
class With:
    """Do something with what a block says, such as a file that goes to a place of the reader's."""

    begins: str
    do: Callable[[Walk, str], None]

    def take(self, walk: Walk, block: Block) -> None:
        self.do(walk, block.text)
        walk.did += 1


Step = Do | Settings | Put | Skip | With | Also
