"""Judges: models elsewhere that are asked about claims which the local engines cannot tell. Off unless set."""
