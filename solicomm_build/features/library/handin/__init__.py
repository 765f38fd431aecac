"""Documents handed in on the page of a library."""
