# The long campaigns of every room, by one name each.
.PHONY: torture-all soak

torture-all: torture torture-relay torture-circles

soak: soak-relay
