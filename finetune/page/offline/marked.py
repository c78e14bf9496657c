"""By what a page that answers by itself is known: what it is called in a folder, and the mark in its head."""

GENERATOR = "finetune export"
"""What the head of a page says of who made it: a page that says so may be made anew."""

INDEX = "index.html"
"""The page in a folder with its parts beside it."""
