"""The search: its index as files, in the browser, on the server and by mail."""
