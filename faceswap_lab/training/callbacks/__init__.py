"""What happens around the steps: saving, showing, measuring, stopping."""
