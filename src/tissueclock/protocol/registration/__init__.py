"""Registrations of trials read into drafts: what a registry says, and what of it is safe to guess."""
