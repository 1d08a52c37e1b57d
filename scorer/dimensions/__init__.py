"""The nine dimensions: pure functions from a scoring context to signals."""
