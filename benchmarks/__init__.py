"""Benchmarks of Haven, one package per room; run by `make bench`."""
