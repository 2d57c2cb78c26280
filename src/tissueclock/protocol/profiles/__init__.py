"""The profiles: one TOML file each."""
