"""Members who have another address than before."""
