"""The kernel's own pages, a file a subject."""
