"""What leaves memory without its identifiers and secrets: `redact` (evaluation.py) by a `Plan` (plan.py)."""
