"""The figures for people: a table, a picture, a page."""
