"""Kill campaign: `kill -9` at random instants of everything that writes, then: is anything lost?

A scenario is three functions (registry.py). Every file `scenario_*.py` in this folder is found by
itself: a room adds a scenario by adding a file. `python -m tests.vault.torture --kills 200` runs
the long form (`make torture`), `test_torture.py` a short one with every test run.
"""
