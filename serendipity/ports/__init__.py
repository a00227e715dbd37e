"""Ports of the core: protocols, each with one contract suite for all implementations.

Implementations are chosen in bootstrap.py only. Unless a docstring says otherwise, a method that gets an id that does
not exist raises `NotFound` (or the narrower error named), and every datetime is UTC and aware.
"""

from serendipity.ports.consumers import Consumers, DeadLetters
from serendipity.ports.graph import GraphStore, GraphTransaction
from serendipity.ports.history import Members, Places, Records
from serendipity.ports.ledger import Ledger, UnitOfWork
from serendipity.ports.outside import Channel, Clock, Composer, TopicExtractor
from serendipity.ports.running import Access, Operations
from serendipity.ports.signals import Signals
from serendipity.ports.workflow import Introductions, Outbox

__all__ = [
    "Access",
    "Channel",
    "Clock",
    "Composer",
    "Consumers",
    "DeadLetters",
    "GraphStore",
    "GraphTransaction",
    "Introductions",
    "Ledger",
    "Members",
    "Operations",
    "Outbox",
    "Places",
    "Records",
    "Signals",
    "TopicExtractor",
    "UnitOfWork",
]
