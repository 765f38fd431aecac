"""Thousands of names are looked up in a folder of thousands without a look through it for each.

400 names, of which a folder has every other → its octets looked through
"""

from __future__ import annotations

import hashlib
from typing import Any

from solicomm_build.foundation.types import post_id
from solicomm_build.git.objects.entries import Names


class _Tree(bytes):
    """A tree that counts how often it is looked through."""

    looks = 0

    def find(self, *where: Any) -> int:
        _Tree.looks += 1
        return super().find(*where)


def test_a_folder_is_not_looked_through_for_each_of_thousands_of_names() -> None:
    names = [f"{post_id(f'{number}@union.example')}.json" for number in range(400)]
    oids = {name: hashlib.sha1(name.encode()).digest() for name in names[::2]}
    tree = b"".join(b"100644 %s\0%s" % (name.encode(), oids[name]) for name in sorted(oids))
    found = Names(_Tree(tree))
    told = {name: found.entry(name) for name in names}
    assert told == {name: (oids[name].hex() if name in oids else None, False) for name in names}
    assert _Tree.looks <= 100
