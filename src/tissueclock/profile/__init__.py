"""From masks to measures and facts; it classifies nothing."""
