"""What the builder knows, looked at by others: for books, sticks and the like."""
