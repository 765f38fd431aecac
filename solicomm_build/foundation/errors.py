"""The exceptions of SoliComm: each knows what the other side may hear of it.

An error carries a public text (a sentence without internals, safe in an SMTP reply, on a terminal
and in a push refusal), whether it is permanent, an SMTP reply code with an enhanced status
(RFC 5321 4.2, RFC 3463) and an exit code (sysexits.h). Our own fault is always temporary (4xx):
the sender keeps the message and tries again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class SoliCommError(Exception):
    """Base of all errors that a person may be told about; `str(error)` is the public text."""

    smtp_code = 451
    enhanced = "4.3.0"
    exit_code = 70  # EX_SOFTWARE

    def __init__(
        self, public: str, *, smtp_code: int | None = None, enhanced: str | None = None
    ) -> None:
        super().__init__(public)
        self.public = public
        if smtp_code is not None:
            self.smtp_code = smtp_code
        if enhanced is not None:
            self.enhanced = enhanced

    @property
    def permanent(self) -> bool:
        """True when trying again without a change cannot help."""
        return self.smtp_code >= 500

    @property
    def reply(self) -> str:
        """The SMTP reply line without CRLF, e.g. `550 5.1.1 no such mailbox here`."""
        return f"{self.smtp_code} {self.enhanced} {self.public}"


class MessageError(SoliCommError):
    """The message is past a limit (nesting, size, header), for its sender to mend."""

    smtp_code = 554
    enhanced = "5.6.0"
    exit_code = 65  # EX_DATAERR


class AddressError(SoliCommError):
    """No mailbox of this name here (RFC 5321 3.3)."""

    smtp_code = 550
    enhanced = "5.1.1"
    exit_code = 67  # EX_NOUSER


class ContentError(SoliCommError):
    """A file does not obey its format: says file, line, fault and remedy."""

    smtp_code = 554
    enhanced = "5.6.0"
    exit_code = 65

    def __init__(self, fault: str, *, file: str = "", line: int = 0, remedy: str = "") -> None:
        self.file, self.line, self.fault, self.remedy = file, line, fault, remedy
        place = f"{file}, line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{fault}{'. ' + remedy if remedy else ''}")


class ContentErrors(SoliCommError):
    """All faults of a file or a set of files at once, so that one round of mending is enough."""

    smtp_code = 554
    enhanced = "5.6.0"
    exit_code = 65

    def __init__(self, faults: list[ContentError]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.public for fault in faults))


class ConfigError(ContentErrors):
    """`hub.yaml` is not usable; holds every fault found."""

    exit_code = 78  # EX_CONFIG


class UsageError(SoliCommError):
    """The command's words are off."""

    exit_code = 64  # EX_USAGE


class HubError(SoliCommError):
    """There is no hub here, or it is not what the command needs."""

    exit_code = 66  # EX_NOINPUT


class NoRepositoryError(HubError):
    """There is no repository at `path`; or none any more, since somebody renamed or removed it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no repository here. `solicomm fsck` says what is missing")
        self.path = path


class StoreError(SoliCommError):
    """git failed, or a repository is not in the state that was promised."""

    exit_code = 74  # EX_IOERR


class WentAwayError(StoreError):
    """git ended before it answered: somebody killed it, or what it read is damaged."""


class ConflictError(StoreError):
    """Somebody else moved the ref first; read again and retry."""

    exit_code = 75  # EX_TEMPFAIL


class NotKeptError(StoreError):
    """Not on enough machines just now: nothing has changed that anybody sees; try again."""

    exit_code = 75  # EX_TEMPFAIL


class DeposedError(NotKeptError):
    """Another machine has the hub, or this one's lease has run out: nothing may be written here."""


class OlderProgramError(NotKeptError):
    """A newer version of the program had the hub, on another machine: what it wrote this one might
    not know."""

    def __init__(self, node: str, version: str) -> None:
        super().__init__(
            f"SoliComm {version} had the hub last, on {node}, and this is an older one. Bring "
            f"{version} in here, too; until then this machine takes nothing over"
        )


class NotTheOwnerError(HubError):
    """This user is neither root nor the one that the hub belongs to."""

    exit_code = 77  # EX_NOPERM

    def __init__(self, root: object, owner: str) -> None:
        super().__init__(
            f"{root} belongs to {owner}, and what you would leave there {owner} could not write. "
            f"Write `sudo -u {owner}` before the command"
        )


class UnreadableProgramError(HubError):
    """The user that a hub belongs to cannot read the program, or its Python, that root started."""

    exit_code = 77  # EX_NOPERM

    def __init__(self, path: object, owner: str) -> None:
        super().__init__(
            f"the hub belongs to {owner}, who cannot read {path}: this program, or its Python, lies"
            " where only root gets by. Install it where everybody may read, such as /opt or"
            f" /usr/local/lib, or write `sudo -u {owner}` before a `solicomm` that {owner} can run"
        )


class LockedOutError(StoreError):
    """A file of the hub that this user may not read or write: it belongs to somebody else."""

    exit_code = 77  # EX_NOPERM

    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} cannot be read or written by this user, so it is left out. Give it to the "
            "user that the hub belongs to: `solicomm check` says how"
        )


@dataclass(slots=True)
class Findings:
    """What was found wrong in a file, and what could be better: faults refuse it, warnings are only
    said."""

    faults: list[ContentError] = field(default_factory=list)
    warnings: list[ContentError] = field(default_factory=list)


def listed(error: SoliCommError, path: str) -> list[ContentError]:
    """The faults that an error of a decoder holds."""
    if isinstance(error, ContentErrors):
        return list(error.faults)
    return [error] if isinstance(error, ContentError) else [ContentError(error.public, file=path)]


class NameLookupError(SoliCommError):
    """The DNS gave no answer now, which is not the answer that there is nothing."""

    smtp_code = 451
    enhanced = "4.4.3"
    exit_code = 75
