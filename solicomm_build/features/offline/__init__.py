"""Keep on this phone: a conference, library or site to read without a line, and what is written
meanwhile, which waits on the phone and is sent once.

    /offline/                what is kept, what waits, and Forget everything
    /offline/list            which files a place has, newest first, with their sizes
    /offline/page.js         what that page does: keeping.js and page.js
    /sw.js                   the worker that answers without a line: keeping.js and worker.js
    /manifest.webmanifest    the hub as an app of the phone

Nothing of it is loaded by another page, and every page works without it.
"""
