"""`solicomm check`: does the hub stand as it should, and what to do if not."""
