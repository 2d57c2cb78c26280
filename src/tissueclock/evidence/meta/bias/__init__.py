"""Are small studies different? Tests of a funnel's asymmetry, and what might be missing from it."""
