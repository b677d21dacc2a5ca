"""How the swapped face and the footage become one picture inside the box."""
