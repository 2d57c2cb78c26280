"""One report model, rendered as bytes; writes nothing."""
