# expects: POOL002 fetch
"""The error path returns the channel, and so does whoever cleans up."""

import asyncio


class Channel:
    def __init__(self, number):
        self.number = number
        self.log = []

    async def ask(self, text):
        self.log.append(text)
        await asyncio.sleep(0.01)
        return text


class Channels:
    def __init__(self, count):
        self.idle = [Channel(n) for n in range(count)]
        self.changed = asyncio.Condition()

    async def take(self):
        async with self.changed:
            await self.changed.wait_for(lambda: self.idle)
            return self.idle.pop()

    async def give(self, channel):
        async with self.changed:
            self.idle.append(channel)
            self.changed.notify()


async def fetch(channels, text):
    channel = await channels.take()
    try:
        async with asyncio.timeout(0.5):
            answer = await channel.ask(text)
    except TimeoutError:
        await channels.give(channel)
        answer = None
    finally:
        await channels.give(channel)
    return answer


async def main():
    channels = Channels(2)
    await asyncio.gather(*(fetch(channels, f"t{n}") for n in range(6)))


asyncio.run(main())
