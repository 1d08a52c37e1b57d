"""What claims and dimensions share about text: sentences, words, language, identifiers."""
