"""Haven's MLS and ts-mls side by side: the same groups, the same messages, one run."""
