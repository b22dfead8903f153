"""Calls wait for an operator in line; one who hangs up gives the turn to the next."""
import asyncio


class Line:
    def __init__(self, operators):
        self.operators = operators
        self.queue = []

    async def call(self):
        if self.operators == 0 or self.queue:
            turn = asyncio.get_running_loop().create_future()
            self.queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self.queue:
                    self.queue.remove(turn)
                elif turn.done() and not turn.cancelled():
                    self.pass_on()
                raise
        else:
            self.operators -= 1

    def pass_on(self):
        while self.queue:
            turn = self.queue.pop(0)
            if not turn.done():
                turn.set_result(None)
                return
        self.operators += 1


async def caller(line, patience):
    try:
        async with asyncio.timeout(patience):
            await line.call()
    except TimeoutError:
        return
    await asyncio.sleep(0.1)
    line.pass_on()


async def main():
    line = Line(1)
    await asyncio.gather(*(caller(line, p) for p in (5, 0.15, 0.3, 9, 9)))

asyncio.run(main())
