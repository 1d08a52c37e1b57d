"""Trains the small models that are shipped as weights."""
