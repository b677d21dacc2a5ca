"""What gives the enlarged face the footage's sharpness, motion and grain before the two are joined."""
