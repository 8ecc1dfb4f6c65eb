"""The look before words leave, for every screen that sends some: on this computer only.

A finding is a maybe and never a refusal: it is asked about once, beside the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.care.service import Look
    from havenclient.circles.service import Circles


def before_posting(circles: Circles, text: str) -> Look:
    from havenclient.care.service import Care

    return Care(circles.book.db, circles.book.clock).before_posting(text)
