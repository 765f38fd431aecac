"""Forms: filled in on a page or by mail, shown as tables."""
