"""What leads into the loops of a regular expression: pieces that it accepts, one after the other.

`leads` reads the syntax of the `re` module (its documentation, "Regular Expression Syntax") as far
as this program uses it and takes the shortest way through each alternative. A class of characters
is asked which of the awkward ones it takes, by itself.
"""

from __future__ import annotations

import re

CANDIDATES = (
    "a",
    " ",
    "\t",
    "0",
    ":",
    ",",
    '"',
    "'",
    "\\",
    "<",
    ">",
    "@",
    "_",
    "=",
    "|",
    "-",
    ".",
    "/",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#",
    "*",
    "+",
    "`",
    "~",
    "%",
    "&",
    ";",
    "$",
    "!",
    "^",
    "\n",
    "\r",
    "\xa0",
    "é",
    "ع",
    "：",
    "中",
    "Z",
    "2",
    "\x01",
    "\u202a",
    "\u0301",
    "\ud800",
    "\x7f",
    "\ufeff",
)
_MOST = 8


class _Reading:
    """One pattern, read from the left."""

    def __init__(self, source: str, flags: int) -> None:
        self.source, self.flags, self.at = source, flags, 0
        self.groups: dict[str, str] = {}
        self.leads: list[str] = []
        self.taken: set[str] = set()

    def alternatives(self, before: str) -> str:
        """Reads up to the end of the group; one example of what it takes."""
        found = [self.sequence(before)]
        while self.peek() == "|":
            self.at += 1
            found.append(self.sequence(before))
        return min((one for one in found if one), key=len, default="")

    def sequence(self, before: str) -> str:
        said = ""
        while self.at < len(self.source) and self.peek() not in "|)":
            piece = self.piece(before + said)
            said += piece * self.repeats()
            if said:
                self.leads.append(before + said)
        return said

    def piece(self, before: str) -> str:
        here = self.peek()
        if here == "(":
            return self.group(before)
        start = self.at
        if here == "[":
            self.at = self.class_end()
        elif here == "\\":
            self.at += 2
            while (
                self.source[start + 1] in "xuU"
                and self.peek().isalnum()
                and self.at - start < ({"x": 4, "u": 6, "U": 10}[self.source[start + 1]])
            ):
                self.at += 1
        else:
            self.at += 1
        text = self.source[start : self.at]
        if self.flags & re.VERBOSE and (text.isspace() or text == "#"):
            if text == "#":
                self.at = (self.source + "\n").index("\n", self.at)
            return ""
        if text in ("^", "$") or text in ("\\b", "\\B", "\\A", "\\Z"):
            return ""
        if re.fullmatch(r"\\[1-9]", text):
            return self.groups.get(text[1], "")
        found = accepted(text, self.flags)
        self.taken.update(found)
        return found[0]

    def group(self, before: str) -> str:
        self.at += 1
        number, negative, looks = "", False, False
        if self.peek() == "?":
            mark = re.compile(r"\?(?:P<(\w+)>|P=(\w+)|<?([=!])|>|[a-zA-Z-]*:|[a-zA-Z-]+(?=\)))")
            found = mark.match(self.source, self.at)
            assert found is not None, self.source[self.at :]
            self.at = found.end()
            negative, looks = found[3] == "!", found[3] is not None and "<" not in found[0]
            if found[2]:
                self.at += 1
                return self.groups.get(found[2], "")
            number = found[1] or ""
        place = str(len(self.groups) + 1)
        if number or self.source[self.at - 1] == "(":
            self.groups[place] = ""
        inside = self.alternatives(before)
        self.at += 1
        if number or place in self.groups:
            self.groups[place] = inside
            self.groups[number] = inside
        return "" if negative or looks else inside

    def repeats(self) -> int:
        """How often what stands before must come; the loop is entered once in any case."""
        found = re.compile(r"(?:[*?]|\+|\{(\d+)?(,)?(\d+)?\})[?+]?").match(self.source, self.at)
        if found is None:
            return 1
        self.at = found.end()
        return min(max(1, int(found[1] or 1)), 300)

    def class_end(self) -> int:
        at = self.at + (2 if self.source.startswith("[^", self.at) else 1)
        at += self.source.startswith("]", at)
        while self.source[at] != "]":
            at += 2 if self.source[at] == "\\" else 1
        return at + 1

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]


def accepted(piece: str, flags: int) -> list[str]:
    """Which of the candidates a class, an escape or a character takes; itself when it is none."""
    pattern = re.compile(piece, flags & ~re.VERBOSE)
    return [one for one in CANDIDATES if pattern.fullmatch(one)] or (
        [piece] if pattern.fullmatch(piece) else [piece[-1]]
    )


def leads(source: str, flags: int) -> tuple[list[str], set[str]]:
    """Beginnings that a pattern accepts, the empty one first, each longer than those it grew from;
    and all awkward characters that some piece of it takes: others end every loop at once."""
    reading = _Reading(source, flags)
    reading.alternatives("")
    found = list(dict.fromkeys(["", *reading.leads]))
    step = max(1, len(found) // _MOST)
    return list(dict.fromkeys([*found[:1], *found[1::step], *found[-1:]])), reading.taken
