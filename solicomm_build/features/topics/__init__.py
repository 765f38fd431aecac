"""What moderators do to topics: merge, split, move, label, close, by mail or command."""
