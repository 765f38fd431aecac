"""`address NEW`: who writes it hears what becomes of it, whatever the address is."""

from __future__ import annotations

from solicomm_build.testing.deskhub import DeskHub


def test_a_new_address_may_begin_as_a_list_is_called(hub: DeskHub) -> None:
    hub.member(4, "ana@union.example", "board")
    letters = hub.ask("solicomm", "address water@new.example")
    assert any("water@new.example" in one.text for one in letters)
    assert len(letters) == 2
