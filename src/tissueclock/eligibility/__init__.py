"""Rules over facts: verdicts and profiles, with reasons."""
