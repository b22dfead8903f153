# expects: WAKE003 Mailbox.first
import asyncio


class Mailbox:
    def __init__(self):
        self.changed = asyncio.Condition()
        self.letters = []

    async def put(self, letter):
        await asyncio.sleep(0.01)
        self.letters.append(letter)
        async with self.changed:
            self.changed.notify()

    async def first(self):
        if not self.letters:
            await asyncio.sleep(0.005)  # tell the user
            async with self.changed:
                await self.changed.wait()
        return self.letters[0]


async def main():
    box = Mailbox()
    await asyncio.gather(box.put("a"), box.first())


asyncio.run(main())
