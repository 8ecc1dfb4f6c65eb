"""Carrying bytes between circles and relays: the only room that opens connections."""
