"""Conversations as books: a topic, a month, a label or a course as EPUB for phones and e-readers,
or as PDF for paper.

    the builder's state ─gathering→ topics with their posts ─chapters→ XHTML ─→ EPUB
                                                                           └→ WeasyPrint → PDF

What is in a book is what the pages show, read from the same state by the same code: what is hidden,
or for members only, is not there either.
"""
