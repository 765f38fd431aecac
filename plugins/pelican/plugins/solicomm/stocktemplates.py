"""Our templates beside those of a site's theme.

Of a page of ours, `topic.html` for one, the theme's `solicomm/topic.html` is taken, else its
`topic.html`, else ours, whose name for Jinja is `!solicomm/topic.html`. What a template of ours
extends or imports (`base.html`, `macros.html`) is the theme's when it lies in its `solicomm/`, else
ours: a theme's own `base.html` is for the theme's own templates. Templates of our pages escape
whatever they print, those of a theme, too; its other templates do as the site's settings say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound

OURS = "!solicomm/"
THEIRS = "solicomm/"
PREFIXES = (THEIRS, "", OURS)
"""Where the template of a page of ours is looked for."""


_PARTS = ("base", "macros", "library_macros", "union_base", "union_items")
_OTHERS = ("404", "frame", "home", "page", "sealed", "search", "update", "worded", "write")
"""Of the hub around: no pages of a site, and themes mean something else by these names."""


class _Ours(FileSystemLoader):
    """Our templates under their names with the prefix, which is how they know each other."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """The text of a template of ours."""
        if not template.startswith(OURS):
            raise TemplateNotFound(template)
        return super().get_source(environment, template.removeprefix(OURS))

    def list_templates(self) -> list[str]:
        """All names."""
        return [OURS + name for name in super().list_templates()]


def adapt(templates: Path, settings: Mapping[str, Any], env: Environment) -> None:
    """Lets an environment of Pelican's find our templates, too."""
    pages = {path.stem for path in templates.glob("*.html")} - {*_PARTS, *_OTHERS}
    env.loader = ChoiceLoader([*([env.loader] if env.loader else ()), _Ours(templates)])
    theirs = set(env.list_templates(filter_func=lambda name: name.startswith(THEIRS)))
    plain: Callable[[str, str], str] = env.join_path

    def join_path(template: str, parent: str) -> str:
        if template.startswith("!") or not parent.startswith(OURS):
            return plain(template, parent)
        return THEIRS + template if THEIRS + template in theirs else OURS + template

    said = settings["JINJA_ENVIRONMENT"].get("autoescape", False)

    def escapes(name: str | None) -> bool:
        is_ours = name is not None and (
            name.startswith((OURS, THEIRS)) or name.removesuffix(".html") in pages
        )
        return is_ours or bool(said(name) if callable(said) else said)

    env.join_path = join_path  # type: ignore[method-assign] # meant to be replaced, says Jinja
    env.autoescape = escapes
    env.add_extension("jinja2.ext.i18n")
