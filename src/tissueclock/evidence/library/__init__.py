"""The evidence library: pools that run from the counts that trials published."""
