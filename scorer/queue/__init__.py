"""Where exchanges wait to be scored: one protocol (scorer/protocols.py), one file an implementation."""
