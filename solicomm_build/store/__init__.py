"""The store: bare git repositories, the only package that runs git.

`repo` opens and creates, `writer` commits (fast-import), `reader` reads objects (cat-file), `log`
streams history, `cursor` remembers how far a consumer has got, `mailstore` keeps verbatim mail,
`conference` knows which posts a conference has, `maintenance` keeps packs few, `fsck` checks it
all. May import model, message and the foundation. The layout is docs/formats/store.md.
"""
