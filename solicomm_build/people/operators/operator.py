"""One operator: a value."""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.people.membership import Member


@dataclass(frozen=True, slots=True)
class Operator:
    """One of them; `number` is 0 for an address in hub.yaml that is no member's. `is_named` there:
    that one stays operator whatever the roster says."""

    address: str
    number: int = 0
    is_named: bool = False

    @property
    def member(self) -> Member:
        """As somebody who decides: the one of hub.yaml is member 0."""
        return Member(0 if self.is_named else self.number, self.address)
