"""The guidelines: one TOML file each."""
