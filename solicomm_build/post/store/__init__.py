"""Posts on disk: verbatim mail, the repositories of conferences, what is in them."""
