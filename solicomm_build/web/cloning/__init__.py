"""What clones get: which repositories everybody may have, and what of their history."""
