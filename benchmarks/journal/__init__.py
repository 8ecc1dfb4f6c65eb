"""What the journal costs, beside what people would otherwise use: `make bench-journal`."""
