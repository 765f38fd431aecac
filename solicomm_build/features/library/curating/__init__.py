"""The curators' desk on the web, and the page of who handed a document in."""
