"""What the core makes goes into a file and comes back as the same session."""
