"""Documents handed in by mail, and those who review them."""
