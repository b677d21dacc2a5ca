"""What every stage leans on: errors, files, consent, configuration, run folders, the checkpoint's card."""
