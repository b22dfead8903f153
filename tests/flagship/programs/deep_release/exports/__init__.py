"""Runs the exports that customers ask for."""

from .broker import Broker
from .runner import Runner

__all__ = ["Broker", "Runner"]
