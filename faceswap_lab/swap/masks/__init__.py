"""Where the swapped face replaces the footage: one alpha per crop."""
