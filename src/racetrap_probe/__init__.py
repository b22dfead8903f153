"""The probe: what runs inside the user's interpreter.

Standard library only; imports nothing of the app.  `startup.start` is the only way in.
"""

FORMAT = 1
"""Version of the job file, of schedules and of the messages (docs/protocol.md)."""
