"""Days as registries print them."""

from __future__ import annotations

import re
from datetime import date


def day_of(text: str) -> date | None:
    """Return the day of a whole date such as 2025-09-12; None for a month alone or anything else."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
