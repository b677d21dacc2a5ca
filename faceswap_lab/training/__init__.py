"""Steps, losses and schedules, and what happens around them."""
