"""A script without the callable."""

applikation = None
