"""Keeps the search index up to date."""

from .broker import Broker
from .indexer import Indexer

__all__ = ["Broker", "Indexer"]
