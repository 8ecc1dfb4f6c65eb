"""The vault on real files: opening, keys, crashes, damage, copies."""
