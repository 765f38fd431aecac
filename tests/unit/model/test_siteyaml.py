"""`site.yaml` as forms change it: one key, with all that stands in it, and nothing else."""

from __future__ import annotations

import pytest

from solicomm_build.features.sites.values import siteyaml

HEAD = "union: metal\n"
TAIL = "\n# Who speaks for us.\npeople:\n  - {name: Amina}\n"
MENUS = [
    "menu:\n# Above\n  - {to: news}\n# - {to: events}\n  - {to: join}\n",
    "menu:\n# Above\n- to: news\n\n# Below\n- to: join\n",
    '"menu":\n  - to: news\n# Below\n  - to: join\n',
    "menu : [{to: news},\n# Below\n  {to: join}]\n",
]


@pytest.mark.parametrize("menu", MENUS)
def test_a_key_with_comments_within_is_replaced_whole(menu: str) -> None:
    text = HEAD + menu + TAIL
    made = siteyaml.changed(text, {"menu": [{"to": "join"}]})
    assert made == f"{HEAD}menu:\n  - {{to: join}}\n{TAIL}"
    assert siteyaml.changed(text, {"menu": []}) == HEAD + TAIL
