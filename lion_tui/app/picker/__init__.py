"""What the picker is made of: who can answer, the list of it, the settings, and what was chosen before."""
