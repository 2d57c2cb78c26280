"""What trials published: counts, effects and warnings as frozen values, read from `published/*.toml`."""
