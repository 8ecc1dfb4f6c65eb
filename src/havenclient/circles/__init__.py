"""Circles: small groups of peers on MLS. A machine without I/O: no sockets, no widgets."""
