"""Published cards corrected and withdrawn on a page, with their history and its undoing."""
