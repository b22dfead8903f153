"""A stand-in for messages that can be acknowledged."""


class IncomingMessage:
    def __init__(self, body: str) -> None:
        self.body = body
        self.settled = False

    async def ack(self, multiple: bool = False) -> None:
        self.settled = True
