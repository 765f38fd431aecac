"""Search without a server: pure functions from texts to the files of an index, and from an index
and a query to ranked documents. The format is docs/formats/search.md; a browser does the same in
JavaScript. No disk, network, git or clock in here, except that reader.py is given a way to read.

    analyser ─→ inverted ─→ segment (shard, table, words) ─→ files ─→ reader ─→ scorer
                                                    query ──────────────────────┘
"""
