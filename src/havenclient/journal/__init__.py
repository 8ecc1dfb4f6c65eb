"""The journal: what a person does with her own words. No sockets, no widgets, no cryptography."""

from havenclient.journal.records import KEEP, Draft, Entry, Page, Query, Summary, Version
from havenclient.journal.service import Journal

__all__ = ["KEEP", "Draft", "Entry", "Journal", "Page", "Query", "Summary", "Version"]
