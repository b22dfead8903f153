"""Stands for psycopg_pool: a pool whose connections are made by a thread of its own."""

from .pool import ConnectionPool

__all__ = ["ConnectionPool"]
