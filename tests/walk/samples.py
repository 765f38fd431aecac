"""The sample hub of README.md, tried on the machine before there is a real one."""

from __future__ import annotations

from tests.walk.step import Walk

_APP = "/srv/solicomm/app"
_ADDRESS = "http://127.0.0.1:8080"


def begun(walk: Walk) -> None:
    """`make run`, as somebody types it in another window."""
    unit = f"systemd-run --unit=sample -p User=solicomm -p WorkingDirectory={_APP}"
    walk.must(f"{unit} -p KillSignal=SIGINT make run", "make run")
    read = f"import urllib.request as u; u.urlopen('{_ADDRESS}/conferences/organising/health/')"
    walk.until(f'python3 -c "{read}"', "the sample network", seconds=120)


def shown(walk: Walk) -> None:
    """What was posted is on the conference's page; then everything of it goes."""
    page = f"u.urlopen('{_ADDRESS}/conferences/organising/').read().decode()"
    read = f"import urllib.request as u; assert 'First words' in {page}"
    walk.until(f'python3 -c "{read}"', "the post")
    walk.must(f"systemctl stop sample; rm -rf {_APP}/hub {_APP}/organising", "Ctrl-C")
