"""`solicomm backup`: the whole hub, sealed, in another place; and back from there."""
