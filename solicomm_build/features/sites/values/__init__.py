"""Sites as values: settings, texts, looks, and what may be wrong with them. Pure."""
