"""The how-tos, walked as they are written, on a bare Debian that has nothing but them."""
