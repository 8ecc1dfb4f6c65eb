"""A circle of fifty, live, on a real relay: what it costs (`make bench-circles`)."""
