"""Everything that is written to members: words, links, and the outbox on its way to the channels."""
