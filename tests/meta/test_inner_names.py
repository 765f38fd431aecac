"""Names that libraries do not promise, each used in one file that says why: with another version
these tests fail, so that somebody looks before it is taken.

Look at the file that uses a name, run its tests and benchmark, then write the new version here.
"""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
CONNECTION = "solicomm_build/bridge/connection.py"
COMPILING = "plugins/pelican/plugins/solicomm/compiling.py"
BARE = "solicomm_build/builder/bare.py"

LOOKED_AT = {
    "aiosmtpd": ("1.4", "1.5"),
    "jinja2": ("3.1", "3.2"),
    "pelican": ("4.12", "4.13"),
}
"""The series that was looked at, and where pyproject.toml must end."""

NAMES = {
    "jinja2.compiler:CodeGenerator.visit_Template": (COMPILING, "self, node, frame=None"),
    "jinja2.compiler:CodeGenerator.enter_frame": (COMPILING, "self, frame"),
    "jinja2.compiler:CodeGenerator.leave_frame": (
        COMPILING,
        "self, frame, with_python_scope=False",
    ),
    "jinja2.compiler:CodeGenerator.buffer": (COMPILING, "self, frame"),
    "jinja2.compiler:CodeGenerator.visit_Getattr": (COMPILING, "self, node, frame"),
    "jinja2.compiler:CodeGenerator.visit_Call": (
        COMPILING,
        "self, node, frame, forward_caller=False",
    ),
    "jinja2.compiler:CodeGenerator.visit_Import": (COMPILING, "self, node, frame"),
    "jinja2.compiler:CodeGenerator._output_child_pre": (COMPILING, "self, node, frame, finalize"),
    "jinja2.compiler:CodeGenerator.signature": (
        COMPILING,
        "self, node, frame, extra_kwargs=None",
    ),
    "jinja2.compiler:CodeGenerator.writeline": (COMPILING, "self, x, node=None, extra=0"),
    "jinja2.idtracking:VAR_LOAD_RESOLVE": (COMPILING, ""),
    "jinja2.idtracking:Symbols.find_load": (COMPILING, "self, target"),
    "jinja2.idtracking:Symbols.ref": (COMPILING, "self, name"),
    "markupsafe._native:_escape_inner": (COMPILING, "s, /"),
    "pelican:Pelican._get_generator_classes": (BARE, "self"),
    "pelican.generators:ArticlesGenerator.refresh_metadata_intersite_links": (BARE, "self"),
    "pelican.generators:ArticlesGenerator.check_disabled_readers": (BARE, "self"),
    "pelican.log:console": (BARE, ""),
    "pelican.readers:RstReader.enabled": (BARE, ""),
    "pelican.writers:Writer.write_file": (
        "plugins/pelican/plugins/solicomm/writer.py",
        "self, name, template, context, relative_urls=False, paginated=None, template_name=None,"
        " override_output=False, url=None, **kwargs",
    ),
    "aiosmtpd.smtp:SMTP._cb_client_connected": (CONNECTION, "self, reader, writer"),
    "aiosmtpd.smtp:SMTP._reset_timeout": (CONNECTION, "self, duration=None"),
    "aiosmtpd.smtp:SMTP._timeout_cb": (CONNECTION, "self"),
}
"""Each name, the file that uses it, and what it takes; nothing where it is no function."""


def _found(name: str) -> object:
    module, _, inner = name.partition(":")
    found: object = importlib.import_module(module)
    for part in inner.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_and_takes_what_it_took(name: str) -> None:
    place, takes = NAMES[name]
    assert (ROOT / place).is_file()
    found = _found(name)
    if takes:
        assert _takes(found) == takes, f"look at {place}"


def _takes(found: object) -> str:
    """The parameters of a function, without their types."""
    signature = inspect.signature(found)  # type: ignore[arg-type]
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return str(inspect.Signature(bare)).strip("()")


@pytest.mark.parametrize("library", LOOKED_AT)
def test_the_version_is_one_that_was_looked_at(library: str) -> None:
    series, end = LOOKED_AT[library]
    assert version(library).startswith(f"{series}."), f"{library} is new: see {__file__}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = next(one for one in project["dependencies"] if re.match(rf"{library}\b", one))
    assert required.endswith(f"<{end}"), required
