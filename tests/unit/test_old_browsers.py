"""What the theme's scripts and style sheets ask of a browser, read by real parsers: Chrome 49 and
Firefox 52 (2016, 2017) run every script, and lose no page to a rule they do not know."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tinycss2
import tinycss2.ast

from solicomm_build.features.members import signedout
from solicomm_build.features.offline import scripts as offline
from solicomm_build.features.passkeys import showing
from solicomm_build.testing import judges

THEME = Path(__file__).parents[2] / "themes" / "solicomm"
SCRIPTS = ("solicomm.js", "me.js", "mine.js", "opening.js", "tables.js", "searchless.js")
SHEETS = (
    "static/style.css",
    "templates/presets/all.css",
    "static/forms.css",
    "static/library.css",
    "static/served.css",
)

_JUDGE = """
const acorn = require(process.argv[1]), fs = require("fs");
const late = new Set(JSON.parse(process.argv[2])), found = [];
const look = (node) => {
  if (!node || typeof node.type !== "string") return;
  const called = node.type === "CallExpression" ? node.callee : {};
  if (called.type === "MemberExpression" && late.has("." + called.property.name))
    found.push("." + called.property.name);
  if (node.type === "Identifier" && late.has(node.name)) found.push(node.name);
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? value : [value])
      if (one && typeof one === "object") look(one);
};
try { look(acorn.parse(fs.readFileSync(0, "utf8"), {ecmaVersion: +process.argv[3]})); }
catch (error) { found.push(String(error.message)); }
console.log(JSON.stringify(found));
"""
_LATE = (
    "globalThis",
    "BigInt",
    "AbortController",
    "ResizeObserver",
    "structuredClone",
    ".at",
    ".flat",
    ".flatMap",
    ".fromEntries",
    ".replaceAll",
    ".matchAll",
    ".allSettled",
    ".padStart",
    ".padEnd",
    ".replaceChildren",
    ".toggleAttribute",
    ".trimStart",
    ".trimEnd",
    ".entries",
    ".values",
    ".append",
    ".prepend",
    ".replaceWith",
    ".findLast",
    ".hasOwn",
)
"""What came after Chrome 49 or Firefox 52, and no parser sees: names, and methods called."""


_LATE_FOR_PHONES = tuple(name for name in _LATE if name not in (".append", ".padStart"))
"""The same for Chrome 63 and Firefox 67, which keep pages; what is no method of an element there
is one of a form's data."""


def _wrong(script: str, edition: int = 6, late: tuple[str, ...] = _LATE) -> list[str]:
    """What of a script is no ECMAScript 2015 (or of another edition), or is not there in old
    browsers."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here to run the parser of scripts")
    acorn = judges.fetched("acorn", "acorn.js")
    done = subprocess.run(
        [node, "-e", _JUDGE, str(acorn), json.dumps(late), str(edition)],
        input=script,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_old_browsers_understand_the_scripts_of_every_page(name: str) -> None:
    assert _wrong((THEME / "static" / name).read_text("utf-8")) == []


def test_old_browsers_understand_the_scripts_of_signing_in_and_out() -> None:
    assert _wrong(showing.script().decode()) == []
    assert _wrong(signedout.text()) == []


@pytest.mark.parametrize("script", [offline.page, offline.worker])
def test_phones_of_2018_understand_what_keeps_pages(script: Callable[[], str]) -> None:
    assert _wrong(script(), 8, _LATE_FOR_PHONES) == []


@pytest.mark.parametrize(
    "line",
    [
        "x = { ...a, b: 1 }",
        "f = async () => 1",
        "a ?? b",
        "a?.b",
        "try { a() } catch { b() }",
        "x.at(-1)",
        "a ||= b",
        "a ** b",
        "f(a, b,)",
        "x = 1_000",
        "globalThis.x = 1",
        "class A { x = 1 }",
        "Object.fromEntries(x)",
        "/(?<year>x)/u",
        "for await (x of y) ;",
    ],
)
def test_what_is_too_new_for_a_script_is_found(line: str) -> None:
    assert _wrong(line) != []


# -- style sheets -----------------------------------------------------------------------------

_KNOWN = frozenset(
    [
        "-webkit-text-size-adjust",
        "-webkit-user-select",
        "align-content",
        "align-items",
        "align-self",
        "text-indent",
        "background",
        "border",
        "border-collapse",
        "border-color",
        "border-radius",
        "border-width",
        "box-shadow",
        "box-sizing",
        "clear",
        "color",
        "content",
        "cursor",
        "direction",
        "display",
        "fill",
        "flex",
        "flex-basis",
        "flex-direction",
        "flex-wrap",
        "float",
        "font",
        "font-family",
        "font-size",
        "font-style",
        "font-variant-numeric",
        "font-weight",
        "height",
        "line-height",
        "list-style",
        "margin",
        "max-width",
        "min-height",
        "object-fit",
        "order",
        "orphans",
        "outline",
        "outline-offset",
        "overflow",
        "overflow-wrap",
        "overflow-x",
        "padding",
        "position",
        "stroke",
        "stroke-dasharray",
        "tab-size",
        "text-align",
        "text-anchor",
        "text-decoration",
        "transform",
        "unicode-bidi",
        "vertical-align",
        "white-space",
        "widows",
        "z-index",
    ]
)
"""What Chrome 49 and Firefox 52 know."""
_SPARED = {
    "accent-color": "boxes and circles in the browser's own colour",
    "aspect-ratio": "pictures have width and height",
    "break-after": "print",
    "break-inside": "print",
    "clip-path": "a clip stands below @supports",
    "color-scheme": "pages have colours of their own",
    "content-visibility": "print of what is folded",
    "gap": "margins stand below @supports",
    "grid-auto-flow": "a list",
    "grid-column": "a list",
    "grid-template-columns": "a list",
    "inset": "the whole card is no link; its title is",
    "mask-image": "the places of a phone scroll without a sign",
    "-webkit-mask-image": "the same, as browsers before 2023 call it",
    "scroll-behavior": "it jumps",
    "scroll-padding-block": "it jumps to the edge",
    "text-decoration-thickness": "lines as thick as ever",
    "text-size-adjust": "prefixed besides",
    "contain-intrinsic-size": "with content-visibility only",
    "print-color-adjust": "prefixed besides; a drawn cover is white on paper, its title beside it",
    "-webkit-print-color-adjust": "the same",
    "hyphens": "long words break at the edge",
    "user-select": "prefixed besides; one may mark the text by hand",
    "text-underline-offset": "lines where they were",
    "text-wrap": "lines break as ever",
}
"""What they do not know, and what a page is then. Logical sides are mirrored below."""
_LOGICAL = re.compile(r".*(?:inline|block)(?:-size|-start|-end)?")
_SELECTORS = {
    ":root",
    ":hover",
    ":active",
    ":focus",
    ":first-child",
    ":last-child",
    ":not(",
    ":target",
    ":visited",
    ":lang(",
    "::after",
    "::before",
    "::-webkit-details-marker",
}
_ALONE = {
    ":focus-visible": "a browser's own outline",
    "::details-content": "print of what is folded",
    ":focus-within": "the whole form is shown",
    ":placeholder-shown": "the whole form is shown",
}
"""Rules with these are passed over as a whole, so that nothing else may stand in them."""


def _rules(nodes: list[tinycss2.ast.Node]) -> Iterator[tinycss2.ast.QualifiedRule]:
    """All rules, those inside at-rules too, but for the ones for old browsers alone."""
    for node in nodes:
        if node.type == "qualified-rule":
            yield node
        elif node.type == "at-rule" and node.lower_at_keyword in ("media", "supports"):
            apart = "not (padding-inline" in tinycss2.serialize(node.prelude)
            yield from () if apart else _rules(_parsed(node.content))


def _parsed(content: object) -> list[tinycss2.ast.Node]:
    found: list[tinycss2.ast.Node] = tinycss2.parse_rule_list(
        content, skip_comments=True, skip_whitespace=True
    )
    return found


def _sheet(name: str) -> list[tinycss2.ast.Node]:
    return _parsed((THEME / name).read_text("utf-8"))


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_no_error(name: str) -> None:
    assert [node.message for node in _sheet(name) if node.type == "error"] == []


@pytest.mark.parametrize("name", SHEETS)
def test_what_old_browsers_do_not_know_was_thought_about(name: str) -> None:
    for rule in _rules(_sheet(name)):
        for one in tinycss2.parse_blocks_contents(
            rule.content, skip_comments=True, skip_whitespace=True
        ):
            assert one.type == "declaration", (name, rule.source_line)
            prop = one.lower_name
            known = prop in _KNOWN or prop in _SPARED or prop.startswith("--")
            assert known or _LOGICAL.fullmatch(prop), (name, one.source_line, prop)


@pytest.mark.parametrize("name", SHEETS)
def test_no_new_selector_takes_a_rule_away(name: str) -> None:
    for rule in _rules(_sheet(name)):
        selectors = tinycss2.serialize(rule.prelude)
        for one in re.findall(r"::?[a-z-]+\(?", selectors):
            assert one in _SELECTORS | _ALONE.keys(), (name, rule.source_line, one)
            if one in _ALONE:
                assert "," not in selectors, (name, rule.source_line, "it stands alone")


@pytest.mark.parametrize(
    "name", ["static/style.css", "templates/presets/all.css", "static/forms.css"]
)
def test_old_browsers_get_sides_and_gaps(name: str) -> None:
    """Chrome before 87, Firefox before 66, Safari before 14.1: nothing covers the page's head, and
    what only robots shall fill in is seen by nobody."""
    style = (THEME / name).read_text("utf-8")
    apart = style.partition("@supports not (padding-inline:1px){")[2]
    assert apart, name
    wanted = {
        "style": (".skip{top:-6rem}", ".skip:focus{top:", ".wrap{max-width:"),
        "all": (".skip,.trap{top:-99rem}", ".skip:focus{top:", ".wrap{max-width:"),
        "forms": (".trap{top:-99rem}",),
    }[name.rpartition("/")[2].removesuffix(".css")]
    for rule in wanted:
        assert rule in apart, rule
    assert ":is(" not in style, "a list that is not understood takes its whole rule away"


_SIDE = re.compile(r"\b(?:margin|padding|border)-(?:left|right)\b|(?:^|;)(?:left|right|float):")


@pytest.mark.parametrize("name", SHEETS)
def test_old_browsers_mirror_arabic_pages(name: str) -> None:
    """What names one side for browsers that know no other way has its mirror image."""
    named, mirrored = set(), set()
    for node in _sheet(name):
        is_at = node.type == "at-rule" and node.lower_at_keyword == "supports"
        if not is_at or "not (padding-inline" not in tinycss2.serialize(node.prelude):
            continue
        for rule in _parsed(node.content):
            body = tinycss2.serialize(rule.content)
            sides = set(re.findall(r"left|right", body)) if _SIDE.search(body) else set()
            for selector in tinycss2.serialize(rule.prelude).split(","):
                if selector.strip().startswith("[dir=rtl] "):
                    mirrored.add(selector.strip().removeprefix("[dir=rtl] "))
                elif len(sides) == 1:
                    named.add(selector.strip())
    assert named <= mirrored, named - mirrored
