"""What a check of `solicomm check` says; features add theirs in `checks.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config

Level = Literal["fine", "warning", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, as a sentence without its dot, and what to do. `about`
    names it for who watches it, where its words change while it lasts."""

    level: Level
    what: str
    remedy: str = ""
    about: str = ""


def fine(what: str) -> Finding:
    """As it should be."""
    return Finding("fine", what)


def warning(what: str, remedy: str, about: str = "") -> Finding:
    """To be known; mail goes on."""
    return Finding("warning", what, remedy, about)


def fault(what: str, remedy: str, about: str = "") -> Finding:
    """Stops mail or pages, or shows what is private."""
    return Finding("fault", what, remedy, about)


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `id` stays the same for programs; `title` is how a line for people begins; `look`
    yields at least one finding, and reads only. It may be slow: seconds. What is watched and is
    `patient` is told when two looks in a row find it, and is well when two find nothing: a restart
    is no news."""

    id: str
    title: str
    look: Callable[[Config], Iterable[Finding]]
    patient: bool = False


class ChecksHook(Protocol):
    """`checks.py` of a feature."""

    CHECKS: Iterable[Check]
    """What `solicomm check` looks at of the feature, after its own checks."""
    WATCHED: Iterable[Check]
    """What is looked at every ten minutes, so that the operator hears of it by mail: what no look
    at one moment shows wrongly, such as a line that is down for an hour, or is `patient`. Costs
    little, and nothing where the feature is not used."""


def of_features() -> tuple[Check, ...]:
    """The checks that features add."""
    found: tuple[Iterable[Check], ...] = hooks.each("checks", "CHECKS")
    return tuple(one for some in found for one in some)


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with the check it is of."""

    id: str
    title: str
    finding: Finding

    @property
    def level(self) -> Level:
        return self.finding.level

    @property
    def what(self) -> str:
        """The whole sentence, with its subject."""
        return f"{self.title}: {self.finding.what}"

    def __str__(self) -> str:
        text = f"{self.level}: {self.what}"
        return f"{text}. {self.finding.remedy}" if self.finding.remedy else text

    def row(self) -> dict[str, str | bool]:
        """For `--json`: id, ok, level, what, remedy."""
        return {
            "id": self.id,
            "ok": self.level == "fine",
            "level": self.level,
            "what": self.what,
            "remedy": self.finding.remedy,
        }


def watched() -> tuple[Check, ...]:
    """What features want to be watched."""
    found: tuple[Iterable[Check], ...] = hooks.each("checks", "WATCHED")
    return tuple(one for some in found for one in some)


def results(one: Check, config: Config) -> Iterator[Result]:
    """What a check finds. One that cannot look says so, and hides no other. Blocking."""
    try:
        for found in one.look(config):
            yield Result(one.id, one.title, found)
    except SoliCommError as error:
        yield Result(one.id, one.title, fault(error.public, "`solicomm fsck` looks closer"))
    except OSError as error:
        words = f"cannot be looked at: {error.filename or ''} {error.strerror or error}"
        remedy = "Run as the user that the hub belongs to"
        yield Result(one.id, one.title, fault(" ".join(words.split()), remedy))
    except Exception as error:  # noqa: BLE001 - the edge of a check: it hides no other
        words = f"cannot be looked at ({type(error).__name__})"  # what it says may name people
        remedy = "A file that it reads may be damaged: `solicomm fsck` looks closer"
        yield Result(one.id, one.title, fault(words, remedy))


def wrong(config: Config) -> list[Result]:
    """What is watched and not well now."""
    all_ = (result for one in watched() for result in results(one, config))
    return [one for one in all_ if one.level != "fine"]
