"""Sends reminders when they are due."""

from .service import Totals, connect, disconnect, remind
from .store import Store

__all__ = ["Store", "Totals", "connect", "disconnect", "remind"]
