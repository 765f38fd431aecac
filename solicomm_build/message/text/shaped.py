"""What people typed as a list or a drawing, so that it reads on a phone: lines that begin with a
dash or a number hang, and drawings lose the white space that all their lines begin with.

Works on the canonical HTML of `engine.clean` by string operations, as `fold` does: not a letter is
added or taken away.
"""

from __future__ import annotations

import re

_PRE = re.compile(r"<pre><code>([^<]*)</code></pre>")
_PARAGRAPH = re.compile(r"<p>((?:[^<]++|<(?!/?p>))*+)</p>")
_BREAK = re.compile(r"<br>\n")
_ITEM = re.compile(r"(?:&nbsp;| )*(?:[-*•–—]|\(?(?:\d{1,2}|[a-z])[.)])(?:&nbsp;|\s)")
_OPENING, _CLOSING = re.compile(r"<(?!br>)[a-z]"), re.compile(r"</")


def shaped(html: str) -> str:
    """The HTML of a post with hanging lines (`p.hang`, a `span` each) and drawings at the side."""
    if "<pre><code>" in html:
        html = _PRE.sub(_drawn, html)
    return _PARAGRAPH.sub(_hung, html) if "<br>" in html else html


def _drawn(match: re.Match[str]) -> str:
    lines = match[1].split("\n")
    told = [line for line in lines if line.strip()]
    space = min((len(line) - len(line.lstrip(" ")) for line in told), default=0)
    if not space:
        return match[0]
    text = "\n".join(line[space:] for line in lines)
    return f"<pre><code>{text}</code></pre>"


def _hung(match: re.Match[str]) -> str:
    lines = _BREAK.split(match[1])
    begins = [place for place, line in enumerate(lines) if _ITEM.match(line)]
    if len(begins) < 2:
        return match[0]
    ends = [*begins[1:], len(lines)]
    items = ["<br>\n".join(lines[low:high]) for low, high in zip(begins, ends, strict=True)]
    head = "<br>\n".join(lines[: begins[0]])
    parts = [head, *items] if head else items
    if any(len(_OPENING.findall(part)) != len(_CLOSING.findall(part)) for part in parts):
        return match[0]  # bold, or a link, goes over several of them
    hanging = "<br>\n".join(f"<span>{part}</span>" for part in parts)
    return f'<p class="hang">{hanging}</p>'
