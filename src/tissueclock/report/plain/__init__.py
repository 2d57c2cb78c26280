"""Pages and pictures as text, with the standard library alone: the base install writes them too."""
