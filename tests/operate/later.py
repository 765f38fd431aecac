"""What becomes of a hub that nobody looks after for three months.

The clock of a machine in namespaces is everybody's, so it is not moved: programs are told another
day each (faketime(1)), certbot and the backup among them. What a daemon does by its own clock is
started as its timer would.
"""

from __future__ import annotations

import re

from tests.operate import foreign
from tests.operate.setting import Setting

PASSWORDS = ("a long passphrase", foreign.SECRET)
"""Of a mailbox, and of the provider's relay."""
_SERIAL = (
    "openssl s_client -connect mail.hub.example.org:993 < /dev/null 2> /dev/null |"
    " openssl x509 -noout -serial"
)
_PSS = (
    "for p in $(cat /sys/fs/cgroup/system.slice/solicomm.service/cgroup.procs); do"
    " cat /proc/$p/smaps_rollup; done | awk '/^Pss:/ {kib += $2} END {print int(kib / 1024)}'"
)
_PLACE = "/var/backups/solicomm"
_MOST_KEPT = 14 + 8 + 2  # features/backup/keeping.py, and those of the day


def the_certificate_renews_when_its_time_has_come(setting: Setting) -> None:
    """Not on the tenth day, and by itself on the seventieth."""
    setting.must("apt-get install -y -q faketime > /dev/null", "a clock")
    renew = "certbot -q renew --no-random-sleep-on-renew"
    before = setting.must(_SERIAL, "the serial")
    setting.must(f"faketime -f +10d {renew}", "the tenth day")
    setting.expect(setting.must(_SERIAL, "the serial") == before, "it was renewed on the tenth day")
    setting.must(f"faketime -f +70d {renew}", "the seventieth day")
    setting.until(f"test \"$({_SERIAL})\" != '{before.strip()}'", "the old certificate is shown")


def backups_go_on(setting: Setting) -> None:
    """Of ninety days as many are kept as the rule says, the newest opens, and all are the hub's."""
    every = f"for day in $(seq 3 3 90); do faketime -f +${{day}}d solicomm backup {_PLACE}; done"
    setting.must(every, "a backup each third day")
    key = f"solicomm backup key > key.txt; solicomm backup list {_PLACE} --key key.txt; rm key.txt"
    said = setting.must(key, "which there are")
    kept = re.findall(r"^\d{4}-\d\d-\d\dT", said, re.MULTILINE)
    setting.expect(len(kept) <= _MOST_KEPT, f"{len(kept)} backups are kept")
    setting.expect(len(kept) >= 5, f"only {len(kept)} backups are there")
    setting.must(f"solicomm backup verify {_PLACE}", "the newest")


def logs_are_small(setting: Setting) -> None:
    """What is written down stays within bounds: 20 MB of the hub's own, 5 MB of its servers'."""
    for folder, most in (("/srv/solicomm/hub/state/*.log*", 20), ("/var/log/{nginx,caddy}", 5)):
        size = setting.must(f"du -scb {folder} 2> /dev/null | tail -1", "how much")
        setting.expect(int(size.split()[0]) < most << 20, f"{folder} has {size}")


def memory_is_told(setting: Setting) -> None:
    """How much memory all stages have, of what is shared each its share: a figure to write down."""
    figure = setting.must(_PSS, "how much").strip()
    setting.expect(figure.isdigit() and int(figure) > 0, f"no figure: {figure}")
    print(f"  {figure} MiB", flush=True)


def no_secret_is_to_be_seen(setting: Setting) -> None:
    """Passwords and keys are in no list of processes, in no environment and in no log."""
    key = setting.must("solicomm backup key | grep -v '^#'", "the key of backups").strip()
    for name, secret in (("the key", key), *(("a password", one) for one in PASSWORDS)):
        places = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ"
        logs = "journalctl -o cat; cat /srv/solicomm/hub/state/*.log"
        setting.machine.path("~/secret").write_text(secret)
        look = f"cat {places} 2> /dev/null | grep -aqFf ~/secret"
        setting.must(f"! ({look})", f"{name} stands in a process")
        setting.must(f"! ({{ {logs}; }} | grep -aqFf ~/secret)", f"{name} stands in a log")
        setting.machine.path("~/secret").unlink()
