"""What a user does to a session's data. Each function is one gesture and emits one event."""
