"""Who a command speaks for, and what came of it: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from solicomm_build.desk.plan import NOTHING, Plan
from solicomm_build.foundation.types import Proven
from solicomm_build.people.membership import Member


@dataclass(frozen=True, slots=True)
class Person:
    """The author of commands: `member` and `options` (of the list written to) as they will be once
    the commands so far are carried out. `lang` is what answers are written in.
    """

    address: str
    lang: str
    proof: Proven | None
    member: Member | None = None
    options: Mapping[str, str] | None = None
    gets_again: bool = False
    """Whether mail of the list written to comes again that had stopped, since it came back."""

    @property
    def proven(self) -> bool:
        """Whether it is certain who that is."""
        return self.proof is not None

    def with_options(self, changed: Mapping[str, str]) -> Person:
        """The same after some options changed; an empty value brings the default back."""
        after = {**(self.options or {}), **changed}
        return replace(self, options={k: v for k, v in after.items() if v})

    def speaking(self, lang: str) -> Person:
        """The same, answered in another language."""
        member = replace(self.member, lang=lang) if self.member else None
        return replace(self, lang=lang, member=member)


@dataclass(frozen=True, slots=True)
class Result:
    """Paragraphs for the answer, what to do, and the person after it."""

    person: Person
    text: tuple[str, ...] = ()
    plan: Plan = NOTHING
