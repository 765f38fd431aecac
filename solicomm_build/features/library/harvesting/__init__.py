"""Libraries that give to each other: OAI-PMH, documents fetched, BagIt."""
