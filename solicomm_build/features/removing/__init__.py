"""`solicomm remove`: a conference, list, library, union or person goes, and can come back."""
