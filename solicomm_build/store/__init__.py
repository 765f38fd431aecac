"""The store: bare git repositories, the only package that runs git.

`repo` opens and creates, `writer` commits (`trees` into a `pack`), `reader` reads objects
(cat-file), `log` streams history, `cursor` remembers how far a consumer has got, `mailstore` keeps
verbatim mail, `poststore` knows which posts a conference has, `maintenance` keeps packs few, `fsck`
checks it all. May import model, message and the foundation. The layout is docs/formats/store.md.
"""
