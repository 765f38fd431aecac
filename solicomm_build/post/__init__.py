"""Posts, topics and conferences as values, and the rules of posting."""
