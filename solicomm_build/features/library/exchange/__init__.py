"""A library in the words of other programs: OAI-PMH, OPDS, EPUB, BibTeX, RIS and more."""
