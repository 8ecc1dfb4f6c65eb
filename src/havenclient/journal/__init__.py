"""The journal: what a person does with her own words. No sockets, no widgets, no cryptography."""
