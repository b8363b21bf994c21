"""Settings, keys and folders."""
