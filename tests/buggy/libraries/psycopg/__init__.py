"""Stands for psycopg: a connection that says whether it is open."""
