"""Webhooks: signed messages to others, at least once (`hub.py` runs them, `ledger.py` remembers how far they came)."""
