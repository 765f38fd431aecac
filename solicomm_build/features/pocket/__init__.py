"""The hub in a pocket: on a stick that opens without a server, and as one file.

repositories ─choice→ a small hub ─build→ pages ─→ folder on the stick, with bundles and sums
                                                └→ ZIM
"""
