"""The model: messages, tree, branches, events, undo. Plain Python, no I/O."""
