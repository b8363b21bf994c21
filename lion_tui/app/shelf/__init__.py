"""What the sessions screen is made of: its lines, the list of them, and what is done with a session's file."""
