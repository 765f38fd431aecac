"""Work that the first build of a new hub, or of a new version, needs before its first page:
templates are compiled for a second, and static files compressed for half of one. Who installs the
program does it once for all hubs:

    python -m solicomm_build.builder.apart.beforehand: templates, static files ─→ beside the theme

Where that was not done it is done while other stages are loaded, on a core that is idle:

    supervisor: load the builder ─→ load the others ─→ start stages ─→ builder: code is there
                      └──→ child: templates ─→ state/templates.json ──────────┘
"""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

from solicomm_build.builder import assets, compiled
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.pages import HubFacts


def is_done(config: Config, theme: Path) -> bool:
    """Whether there is nothing to do."""
    return compiled.known(compiled.of(config), theme) is not None


def compile_templates(config: Config, theme: Path) -> None:
    """Compiles the templates and keeps their code. In a process of its own; blocking."""
    gc.freeze()  # a collection would copy what is shared with whoever forked it
    facts = HubFacts(config.name, config.domain, config.url, ())
    Renderer(Sources(config), facts, theme, {}, is_warm=False).templates()


def install(theme: Path) -> None:
    """Keeps the code of the program's templates and its compressed static files beside them, for
    all hubs, unless they lie there. Blocking. Raises OSError where the program may not write."""
    assets.install(theme)
    file = compiled.with_program(theme)
    if compiled.is_made(file, theme):
        return
    file.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        config = Config(Path(folder), "Hub", "hub.example", "http://hub.example")
        facts = HubFacts(config.name, config.domain, config.url, ())
        work = Renderer(Sources(config), facts, theme, {}, is_warm=False).compile
        compiled.keep(file, theme, work, mode=0o644)


if __name__ == "__main__":
    install(data.theme())
