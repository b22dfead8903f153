"""The batch sender: the same notifications, sent by a pool of threads."""

from .broker import SharedBroker
from .consumer import BatchConsumer
from .pool import LinkPool

__all__ = ["BatchConsumer", "LinkPool", "SharedBroker"]
