"""Live interoperability: Haven's MLS beside ts-mls, an implementation by other people, in Node."""
