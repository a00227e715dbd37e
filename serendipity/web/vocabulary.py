"""The vocabulary as it stands now."""

from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.services import Services


def vocabulary(services: Services) -> Vocabulary:
    """Return the vocabulary of this process."""
    return services.reader.vocabulary
