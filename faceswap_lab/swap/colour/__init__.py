"""How a swapped face takes on the light and colour of the footage."""
