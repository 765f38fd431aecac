"""Files that a hub signs: YAML, with the signature under the last key. Pure.

    schema: solicomm/hub@card1
    id: water-3fk2q7ab
    …
    signature: |
      -----BEGIN SSH SIGNATURE-----
      …

Everything before the line `signature: |` is what is signed, so
`sed '/^signature:/,$d' FILE | ssh-keygen -Y verify …` checks one by hand.
"""

from __future__ import annotations

import textwrap

from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.yamlsafe import Node

NAMESPACE = "solicomm"
MOST = 64 * 1024  # octets of such a file

_MARK = b"\nsignature: |\n"


def write(values: dict[str, Node], identity: Identity) -> bytes:
    """The file with these values, signed."""
    body = yamlsafe.dump(values).encode("utf-8")
    armoured = identity.sign(body, NAMESPACE)
    return body + _MARK[1:] + textwrap.indent(armoured, "  ").encode("ascii")


def read(blob: bytes, *, file: str = "", most: int = MOST) -> tuple[Section, str]:
    """The values of a file and the public key that signed it. Raises ContentError: too large, not
    signed, changed since, or no YAML. What the values mean is for the caller to check."""
    if len(blob) > most:
        fault = f"the file has {len(blob):,} bytes"
        raise ContentError(fault, file=file, remedy=f"A signed file has at most {most:,}")
    body, mark, signature = blob.partition(_MARK)
    if not mark:
        remedy = "Take the whole file, with the lines below `signature: |`"
        raise ContentError("the file is not signed", file=file, remedy=remedy)
    body += b"\n"
    armoured = textwrap.dedent(signature.decode("ascii", "replace"))
    try:
        key = sshsig.verify(body, armoured, NAMESPACE)
    except ContentError as error:
        raise ContentError(error.fault, file=file, remedy=error.remedy) from error
    return schema.open_file(body, file=file, max_bytes=most), key
