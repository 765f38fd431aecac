"""What people say in an answer, read as people mean it, and asked back where they doubt."""
