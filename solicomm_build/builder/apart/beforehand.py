"""Work that the first build of a new hub, or of a new version, needs before its first page, done
while other stages are loaded: templates are compiled for half a second, on a core that is idle.

    supervisor: load the builder ─→ load the others ─→ start stages ─→ builder: code is there
                      └──→ child: templates ─→ state/templates.json ──────────┘
"""

from __future__ import annotations

import gc
from pathlib import Path

from solicomm_build.builder import compiled
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Sources
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
