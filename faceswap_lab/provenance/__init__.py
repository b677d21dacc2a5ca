"""What says that a picture was made: the visible label and the manifest beside every output."""
