"""Templates that are compiled by our short ways say what Jinja's own say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from pelican.plugins.solicomm.compiling import Compiler, PageContext, lending, shown

MACROS = """
{% macro named(name) %}<b>{{ name }}</b>{% endmacro %}
{% macro twice(name, mark="!") %}
{{ name }}{{ mark }}{{ caller() if caller is defined else "" }}
{% endmacro %}
{% macro here() %}{{ page.url }}{{ set is defined }}{% endmacro %}
"""
BASE = """{% import "macros.html" as m with context %}
<{{ m.named(page.title) }}>{% block main %}{% endblock %}{{ m.here() }}"""


class _Compiler(Compiler):
    direct = frozenset({"say"})


@dataclass(frozen=True)
class Fact:
    """Something with attributes."""

    title: str = "<fact>"
    items: str = "an attribute that dicts have, too"


class Keyed(dict[str, Any]):
    """A dict that is more than one."""

    title = "<attribute>"


@pass_context
def say(context: Context, text: str, **more: Any) -> str:
    """A function of ours."""
    return f"{context['page']['url']}: {text} {sorted(more)}"


def environments(**templates: str) -> tuple[Environment, Environment]:
    """Jinja's own, and ours."""
    every = {"macros.html": MACROS, "base.html": BASE}
    every |= {f"{name}.html": text for name, text in templates.items()}
    made = [
        Environment(
            loader=DictLoader(every),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        for _ in range(2)
    ]
    for each in made:
        each.globals["say"] = say
    made[1].code_generator_class, made[1].context_class = _Compiler, PageContext
    return made[0], made[1]


FACTS: dict[str, Any] = {
    "page": {"url": "/a/", "title": "A <page> & \"more\" 'still'"},
    "fact": Fact(),
    "keyed": Keyed(title="<key>", other="<other>"),
    "row": {"items": "a key", "title": "<title>", "deep": {"er": {"est": "<deep>"}}},
    "rows": [{"n": 1}, {"n": 2}, {"n": 3}],
    "html": Markup("<p>clean</p>"),
    "nothing": None,
    "number": 7,
    "say_so": lambda text: f"<{text}>",
}
TEMPLATES = [
    "{{ page.title }}{{ html }}{{ nothing }}{{ number }}{{ 'a' if number else '<b>' }}",
    "{{ fact.title }} {{ fact.items }} {{ keyed.title }} {{ keyed.other }}",
    "{{ row.title }} {{ row['title'] }} {{ row.items() | length }} {{ row.get('title') }}",
    "{{ row.deep.er.est }} {{ (row.deep if number else page).er.est | upper }}",
    "{{ row.missing is defined }} {{ row.deep.missing is defined }} {{ nobody is defined }}",
    "{{ say('<x>') }} {{ say(say(row.title), a=1) }} {{ say_so(row.title) }}",
    "{% set say = say_so %}{{ say('mine') }}",
    "{% macro asked(say) %}{{ say('it') }}{% endmacro %}{{ asked(say_so) }}",
    "{% for row in rows %}{{ loop.index }}{{ row.n }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for row in rows if row.n > 1 %}{% set x = row.n %}{{ say(x | string) }}{% endfor %}",
    '{% extends "base.html" %}{% block main %}{{ say(page.title) }}{% endblock %}',
    '{% extends "base.html" %}{% import "macros.html" as m with context %}'
    "{% macro own(x) %}{{ m.named(x) }}{{ self is defined }}{% endmacro %}"
    "{% block main %}{{ own(row.title) }}{{ m.here() }}{% set y = 3 %}{{ say(y | string) }}"
    "{% endblock %}",
    '{% extends "base.html" %}{% set set = 1 %}{% import "macros.html" as m with context %}'
    "{% block main %}{{ m.here() }}{% endblock %}",
    '{% import "macros.html" as m with context %}{% call m.twice(row.title) %}<{{ number }}>'
    "{% endcall %}{{ m.twice(mark='?', name=html) }}",
    '{% import "macros.html" as m %}{{ m.named(number) }}',
    '{% from "macros.html" import named with context %}{{ named(row.title) }}',
    '{% for row in rows %}{% import "macros.html" as m with context %}{{ m.here() }}{% endfor %}',
    "{% filter upper %}{{ row.title }}{{ html }}{% endfilter %}",
    "{% set text %}{{ row.title }}{% endset %}{{ text }}{{ text ~ row.title }}",
    "{% autoescape false %}{{ row.title }}{% endautoescape %}",
    "{% with title = row.title %}{{ title | length }}{{ title }}{% endwith %}",
    "{{ rows | map(attribute='n') | join('<') }} {{ rows[-1].n }} {{ [number, 4] | min }}",
    "{{ dict(a=1).a }} {{ {'a': {'b': '<'}}.a.b }} {{ say(*['x'], **{'class': 1}) }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_says_what_it_says_to_jinja(template: str) -> None:
    theirs, ours = environments(it=template)
    assert ours.get_template("it.html").render(FACTS) == theirs.get_template("it.html").render(
        FACTS
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{ row.missing }}",
        "{{ nobody.name }}",
        "{{ nobody() }}",
        "{{ row.deep.no.more }}",
        "{% macro one(a) %}{% endmacro %}{{ one(1, 2) }}",
        "{{ fact.none }}",
    ],
)
def test_what_is_not_there_is_the_same_fault(template: str) -> None:
    faults = []
    for environment in environments(it=template):
        with pytest.raises((jinja2.UndefinedError, TypeError)) as raised:
            environment.get_template("it.html").render(FACTS)
        faults.append(str(raised.value))
    assert faults[0] == faults[1]


def test_a_fault_names_the_line_of_the_template() -> None:
    _, ours = environments(it="one\ntwo\n{{ nobody }}\n")
    with pytest.raises(jinja2.UndefinedError) as raised:
        ours.get_template("it.html").render(FACTS)
    assert 2 in [entry.lineno for entry in raised.traceback if "template" in entry.name]  # from 0


def test_macros_are_made_once_for_a_page_and_the_one_it_extends() -> None:
    _, ours = environments(
        it='{% extends "base.html" %}{% import "macros.html" as m with context %}'
    )
    made = []
    macros = ours.get_template("macros.html")
    real = macros.new_context
    macros.new_context = lambda *given: made.append(1) or real(*given)  # type: ignore[method-assign,func-returns-value]
    for _ in range(2):
        ours.get_template("it.html").render(FACTS)
    assert len(made) == 2  # one a page, since they see the page's facts
    for _ in range(3):
        with lending():
            ours.get_template("it.html").render(FACTS)
    assert len(made) == 3, "pages that are made one after the other share it"


@given(st.one_of(st.text(), st.text().map(Markup), st.integers(), st.none(), st.floats()))
def test_what_is_shown_is_escaped(value: object) -> None:
    assert shown(value) == escape(value)


LISTS = """
{% import "macros.html" as m with context %}
{% macro listed() %}
{% for row in rows %}{{ m.named(row.n) }}{{ m.here() }}{% endfor %}
{% endmacro %}
"""
CHANGING = "{% import 'said.html' as s with context %}{% macro it() %}{{ s.said }}{% endmacro %}"
SHOWN = """{% extends "base.html" %}
{% import "macros.html" as m with context %}
{% import "lists.html" as l with context %}
{% import "changing.html" as c with context %}
{% block main %}{{ l.listed() }}{{ m.here() }}{{ c.it() }}{% endblock %}"""


def test_macros_that_pages_share_find_the_names_of_each_page() -> None:
    said = "{% set said = page.title %}"
    theirs, ours = environments(it=SHOWN, lists=LISTS, changing=CHANGING, said=said)
    inner = theirs.get_template("it.html"), ours.get_template("it.html")
    for number in range(4):
        facts = FACTS | {"page": {"url": f"/{number}/", "title": f"<{number}>"}}
        facts["rows"] = [{"n": number}] * number
        with lending():
            assert inner[1].render(facts) == inner[0].render(facts)
    kept = ours.get_template("macros.html").root_render_func.lasting  # type: ignore[attr-defined]
    assert [one.context.parent for one in kept] == [{}], "one is lent again and again"


def test_a_page_within_a_page_is_lent_macros_of_its_own() -> None:
    theirs, ours = environments(it=SHOWN, lists=LISTS, changing=CHANGING, said="{% set said = 1 %}")
    page = ours.get_template("it.html")
    made = []

    def inside(text: str) -> str:
        with lending():
            made.append(page.render(FACTS | {"page": {"url": "/in/", "title": "in"}}))
        return text

    around = '{% import "macros.html" as m with context %}{{ m.named(say_so("a")) }}{{ m.here() }}'
    whole = FACTS | {"say_so": inside}
    with lending():
        assert ours.from_string(around).render(whole) == theirs.from_string(around).render(
            FACTS | {"say_so": str}
        )
    assert made == [
        theirs.get_template("it.html").render(FACTS | {"page": {"url": "/in/", "title": "in"}})
    ]


def test_macros_that_met_a_fault_are_lent_again() -> None:
    theirs, ours = environments(it='{% import "macros.html" as m with context %}{{ m.here() }}')
    page = ours.get_template("it.html")
    with lending(), pytest.raises(jinja2.UndefinedError):
        page.render(FACTS | {"page": {"title": "no address"}})
    with lending():
        assert page.render(FACTS) == theirs.get_template("it.html").render(FACTS)
