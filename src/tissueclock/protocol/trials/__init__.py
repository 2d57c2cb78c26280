"""The trials: one TOML file each."""
