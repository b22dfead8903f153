"""A stand-in for messages that can be acknowledged, on a channel that several consumers share."""

from __future__ import annotations


class Channel:
    def __init__(self) -> None:
        self.tags = 0
        self.open: dict[int, IncomingMessage] = {}

    def deliver(self, body: str, consumer: str) -> IncomingMessage:
        self.tags += 1
        message = self.open[self.tags] = IncomingMessage(body, self, self.tags, consumer)
        return message

    def settle(self, tag: int, multiple: bool) -> None:
        for each in [tag, *(t for t in self.open if multiple and t < tag)]:
            self.open.pop(each, None)


class IncomingMessage:
    def __init__(self, body: str, channel: Channel | None = None, delivery_tag: int = 1, consumer_tag: str = "") -> None:
        self.body = body
        self.channel = channel or Channel()
        self.delivery_tag = delivery_tag
        self.consumer_tag = consumer_tag

    async def ack(self, multiple: bool = False) -> None:
        self.channel.settle(self.delivery_tag, multiple)

    async def nack(self, multiple: bool = False, requeue: bool = True) -> None:
        self.channel.settle(self.delivery_tag, multiple)
