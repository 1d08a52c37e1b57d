"""From an answer and its documents to one verdict for each claim."""
