"""format=flowed undone (RFC 3676): paragraphs on one line again, for reading and for Markdown."""

from __future__ import annotations


def unflow(text: str, *, delsp: bool = False) -> str:
    """Joins flowed lines of the same quote depth; quotes come out as `> > text`.

    The signature line `-- ` never flows (4.3); one stuffed space goes (4.4); `delsp` takes the
    space of each soft break with it (4.1). Lines have LF ends.
    """
    done: list[list[str]] = []  # each line of the result in pieces
    open_depth: int | None = None
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        flows = content.endswith(" ") and not is_signature
        if flows and delsp:
            content = content[:-1]
        if content.startswith(">"):  # was stuffed, so it is no quote mark
            content = f" {content}"
        if open_depth == depth and not is_signature:
            done[-1].append(content)
        else:
            done.append(["> " * depth, content])
        open_depth = depth if flows else None
    lines = ("".join(pieces) for pieces in done)
    return "\n".join(line if line.endswith("-- ") else line.rstrip(" ") for line in lines)
