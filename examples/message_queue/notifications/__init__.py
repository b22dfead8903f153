"""Takes notifications from a broker and hands them to a sender."""

from .broker import Broker
from .consumer import Consumer
from .message import Message
from .metrics import Metrics
from .pool import ConnectionPool
from .processor import Processor

__all__ = ["Broker", "ConnectionPool", "Consumer", "Message", "Metrics", "Processor"]
