"""The relay beside other relays that people host themselves, and a soak."""
