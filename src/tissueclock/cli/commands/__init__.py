"""What each command does: one module, one `run`."""
