"""Members of a list by mail and on the web: joining, leaving, options, the archive by mail."""
