"""Mail that waits for somebody: held, asked about, decided."""
