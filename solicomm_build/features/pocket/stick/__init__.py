"""What lies on a stick, and how it is written, checked and taken up."""
