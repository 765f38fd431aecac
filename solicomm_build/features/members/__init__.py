"""Pages for members only, and the links that let a member in."""
