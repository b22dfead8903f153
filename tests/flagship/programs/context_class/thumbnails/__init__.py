"""Makes thumbnails of uploaded images."""

from .broker import Uploads
from .sessions import Sessions
from .worker import Report, make_thumbnails

__all__ = ["Report", "Sessions", "Uploads", "make_thumbnails"]
