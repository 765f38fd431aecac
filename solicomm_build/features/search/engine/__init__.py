"""Words, segments, shards and scores: the search without the hub."""
