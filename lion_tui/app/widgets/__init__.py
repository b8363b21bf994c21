"""The parts of the screen other than the chat."""
