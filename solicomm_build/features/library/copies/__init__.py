"""Libraries that have their home at another hub: their files, and where documents are handed in."""
