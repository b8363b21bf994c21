"""What stands behind the composer: drafts, the prompts sent before, completion, files and the editor."""
