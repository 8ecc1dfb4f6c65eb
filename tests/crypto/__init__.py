"""The cryptographic values of the vault: keys, slots, codes, streams, words."""
