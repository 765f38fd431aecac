"""Language tags, and the catalogues of what people read."""
