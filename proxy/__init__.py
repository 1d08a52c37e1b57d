"""The hot path: accept, forward, copy. It never parses a body, never scores, never talks to a database."""
