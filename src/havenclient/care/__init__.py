"""Care: the offline library, self-checks, exercises, boundaries and a person's own plan.

Owns words that were written for Haven with their sources (`data/`), pure rules over them, and what
a person keeps about herself in the vault (`schema/0003_care.sql`). It works without a network, and
the library works without a vault. It never reads the journal or a circle, never judges how anybody
is, never contacts anybody, and draws nothing: front ends put it together with the rest.
"""
