"""`python -m racetrap`: the command line."""

from .cli import main

main()
