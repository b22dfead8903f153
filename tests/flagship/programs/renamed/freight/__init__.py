"""Moves parcels from a depot to their couriers."""

from .channel import Carousel, Channel, Parcel
from .depot import Depot
from .dispatch import Dispatch

__all__ = ["Carousel", "Channel", "Depot", "Dispatch", "Parcel"]
