"""`solicomm keys`: the keys of the hub, and how they are changed."""
