"""Wire formats: copied bytes in, what was asked and answered out."""
