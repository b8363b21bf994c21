"""What the terminal and this machine let the program do, and what would let it do more."""
