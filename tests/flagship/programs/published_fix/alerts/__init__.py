"""Takes alerts from a broker and pages somebody."""

from .broker import Broker
from .service import Service

__all__ = ["Broker", "Service"]
