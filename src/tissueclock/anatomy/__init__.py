"""Brain mask, midline and mirror."""
