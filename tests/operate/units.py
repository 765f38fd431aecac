"""Units that setup does not install, started by the machine's own systemd."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.operate.setting import Setting

_UNITS = Path(__file__).parents[2] / "deploy" / "cluster"
_MAKE = """\
rm -rf /srv/git; install -d -o solicomm /srv/git
cat > /var/tmp/make <<'X'
git init -q --bare /srv/git/cell-0.git; cd /srv/git/cell-0.git
echo lost | git hash-object -w --stdin > /srv/git/lost
touch -d '2 hours ago' objects/??/*
echo young | git hash-object -w --stdin > /srv/git/young
X
runuser -u solicomm -- env HOME=/var/tmp bash -e /var/tmp/make
systemctl daemon-reload
systemctl start solicomm-follower-gc.service
"""
_GIT = "runuser -u solicomm -- git --git-dir=/srv/git/cell-0.git cat-file -e $(cat /srv/git/{})"


def a_follower_is_tidied(setting: Setting) -> None:
    """The unit of followers throws away what is old and lost, and nothing else."""
    for name in ("solicomm-follower-gc.service", "solicomm-follower-gc.timer"):
        shutil.copy(_UNITS / name, setting.machine.path(f"/etc/systemd/system/{name}"))
    setting.must(_MAKE, "the unit")
    setting.must(_GIT.format("young"), "what is young is there")
    setting.must(f"! {_GIT.format('lost')} 2> /dev/null", "what is lost is gone")
    setting.must("systemctl enable --now solicomm-follower-gc.timer", "the timer")
