"""Files to copy and edit. Nothing here is registered: no trial or profile of these exists."""
