"""Everything an operator may change, with the error tree and the logging set-up at the bottom."""
