"""The vocabulary as it stands now."""

from serendipity.commands.services import Services
from serendipity.topics.vocabulary import Vocabulary


def vocabulary(services: Services) -> Vocabulary:
    """Return the vocabulary of this process."""
    return services.reader.vocabulary
