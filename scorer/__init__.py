"""Judgement: the vocabulary, the scoring queue, the wire formats, claims, the nine dimensions and the worker."""
