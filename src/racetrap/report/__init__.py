"""Renderers: one file each, from a `Report` to bytes or text.  Finding is not done here, and nothing else prints."""
