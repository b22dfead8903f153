"""racetrap: a debugger for bugs that come and go.

The app: what a person, a CI job or an agent talks to.  It starts workloads under the
probe (`racetrap_probe`), plans the search, verifies what was found and reports it.  It
never imports the code it hunts in.
"""

__version__ = "0.1.0"
