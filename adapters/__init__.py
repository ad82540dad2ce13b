"""A file in, unified frames and issues out."""
