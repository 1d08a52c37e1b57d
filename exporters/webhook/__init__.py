"""Webhooks: signed messages to others, at least once (`hub.py` runs them, `ledger.py` says how far they came)."""
