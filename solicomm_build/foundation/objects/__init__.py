"""Objects in a store that speaks S3: where they lie, how they are put, how they are sealed."""
