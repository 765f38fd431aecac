"""The files with which systemd runs a hub, for whatever program and folder they are."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.features.setup import places
from solicomm_build.foundation import data, safeio
from solicomm_build.foundation.errors import HubError

_PROGRAM = "/srv/solicomm/app/.venv/bin/solicomm"
"""What stands in the files of deploy/ for the program."""
_CHECKOUT = "/srv/solicomm/app"


def services(program: Path, hub: Path = Path(places.HUB)) -> dict[str, str]:
    """Services and timers by name, for this program and this hub's folder."""
    shipped = data.folder("deploy") / "systemd"
    found = sorted(path for path in shipped.iterdir() if path.suffix in (".service", ".timer"))
    return {path.name: _for(path.read_text("utf-8"), program, hub) for path in found}


def folders() -> str:
    """For /etc/tmpfiles.d: the folder in /run, made when the machine starts."""
    return (data.folder("deploy") / "systemd" / "solicomm.tmpfiles").read_text("utf-8")


def install(root: Path, program: Path, hub: Path) -> list[Path]:
    """Writes all of them below `root`, and says which; those that are the same stay. Raises
    HubError with the remedy."""
    wanted = {root / places.UNITS[1:] / name: text for name, text in services(program, hub).items()}
    wanted[root / "etc" / "tmpfiles.d" / "solicomm.conf"] = folders()
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text("utf-8") != text:
                safeio.write_atomic(path, text.encode(), mode=0o644)
    except OSError as error:
        raise HubError(
            f"{error.filename} cannot be written ({error.strerror}). Do it as root, or name a "
            "folder of yours with --root"
        ) from error
    return list(wanted)


def _for(text: str, program: Path, hub: Path) -> str:
    for was, now in ((_PROGRAM, str(program)), (places.HUB, str(hub))):
        text = text.replace(was, now)
    return text.replace(f", installed in {_CHECKOUT}", f", run by {program}")
