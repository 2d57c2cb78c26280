"""A linter of trial and profile files: every finding at once, each with its line and what to do."""
