"""Documents of libraries, read on pages that the server makes: who may, their text, their pages."""
