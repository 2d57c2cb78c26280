"""From maps to lesion masks."""
