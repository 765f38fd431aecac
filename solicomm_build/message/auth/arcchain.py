"""The chain of seals on a message that was passed on (ARC, RFC 8617 5.2), looked at by dkimpy."""

from __future__ import annotations

from typing import Any, Literal

import dkim

from solicomm_build.foundation.errors import MessageError, NameLookupError
from solicomm_build.message.auth import canonical
from solicomm_build.message.auth.dkim import (
    FAULTS,
    LONGEST,
    Bodies,
    KeyLookup,
    OurReading,
    dns_query,
)

_ARC_SIGNED = ("arc-message-signature", "arc-seal")
_MOST_SETS = 50  # RFC 8617 4.2.1


class _Chain(OurReading, dkim.ARC):  # type: ignore[misc]
    """dkimpy's verifier of ARC sets, with a body as each c= wants it."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self._bodies = Bodies(self.body)

    def verify_sig(
        self, sig: dict[bytes, bytes], include_headers: list[bytes], sig_header: Any, dnsfunc: Any
    ) -> bool:
        """Reads c= as it stands: dkimpy takes a message signature without it for relaxed, which
        RFC 8617 4.1.2 and RFC 6376 3.5 make simple."""
        if sig_header[0].lower() == b"arc-message-signature":
            said = canonical.tags(sig_header[1].decode("ascii", "replace")) or {}
            if "c" not in said:
                sig[b"c"] = b"simple/simple"
            self.body = self._bodies.of(sig)
        return bool(super().verify_sig(sig, include_headers, sig_header, dnsfunc))


def arc_chain(raw: bytes, lookup: KeyLookup) -> Literal["none", "pass", "fail"]:
    """The state of the ARC sets a message came with (RFC 8617 5.2). Never raises.

    What cannot be looked up now counts as `fail`, because a seal has to say one or the other.
    """
    try:
        seals = [one for one in canonical.fields_of(raw) if canonical.name_of(one) in _ARC_SIGNED]
        if not seals:
            return "none"
        if len(seals) > 2 * _MOST_SETS or max(map(len, seals)) > LONGEST:
            return "fail"
        chain = _Chain(raw)
        value, _, _ = chain.verify(dnsfunc=lambda name, timeout=0: lookup(dns_query(name)))
    except (NameLookupError, MessageError, *FAULTS):
        return "fail"
    return "pass" if value == dkim.CV_Pass else "fail"
