"""How connections are served: HTTP/1.1 by h11, an ASGI application behind it, and pages that many
ask for at once before it."""
