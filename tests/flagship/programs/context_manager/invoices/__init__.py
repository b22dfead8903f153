"""Renders invoices as they come in."""

from .renderer import Renderer
from .server import Server

__all__ = ["Renderer", "Server"]
