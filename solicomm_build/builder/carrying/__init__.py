"""Pages in a folder: the hub's pages, or a part of them, so that they open without a server.

A small hub that borrows the repositories is built (smallhub.py); its files are brought into the
folder (folder.py) with links that lead to files (links.py) under names that any stick takes
(names.py).
"""
