"""What a browser sends of a form, as the lines that a mail would have."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.forms.values import formfile, formhtml, formmail

SOURCE = Path(__file__).parents[3] / "content" / "forms" / "collective-agreement@1.yaml"


@pytest.mark.parametrize("mark", [";", "؛"])
def test_what_divides_the_cells_of_a_mail_moves_nothing_to_another_cell(mark: str) -> None:
    text = SOURCE.read_text("utf-8")
    for kind in ("type: integer, min: 1990, max: 2100", "type: number, min: -100, max: 1000"):
        assert kind in text
        text = text.replace(kind, "type: text")
    form = formfile.decode(text.encode(), f"forms/{SOURCE.name}")
    sent = {"wage.0.year": f"May{mark} June", "wage.0.rise_pct": "", "wage.0.lump": ""}
    lines = formmail.template(form, "ar", {}, formhtml.written(form, sent))
    rows = formmail.read(form, lines, {}).values["wage"]
    assert rows in ([{"year": "May, June"}], [{"year": "May، June"}])
