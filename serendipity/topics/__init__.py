"""From texts to topics: scrubbing, the vocabulary, the spaCy pipeline, promotion of new topics.

Importing this package is cheap; `pipeline.build_extractor` imports spaCy when it is called.
"""
