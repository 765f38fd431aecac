"""`solicomm rename`: a conference or list gets another id, and what knew the old one goes on."""
