"""What a conference offers to take home."""
