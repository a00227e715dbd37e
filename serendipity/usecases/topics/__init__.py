"""Topics: extraction from texts, curation of the vocabulary, proposals and trends."""
