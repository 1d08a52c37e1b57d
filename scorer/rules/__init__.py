"""Rule packs: their schema and the closed list of detectors."""
