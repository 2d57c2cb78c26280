"""One TOML file a trial: its published results, apart from its rule."""
