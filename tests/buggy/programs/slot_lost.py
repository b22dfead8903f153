# expects: WAKE004 request
"""Semaphore slot lost when a caller times out between acquire and try."""

import asyncio

sem = asyncio.Semaphore(2)


async def connect():
    await asyncio.sleep(0.01)


async def request(i):
    await sem.acquire()
    await connect()  # cancelled here: slot never released
    try:
        await asyncio.sleep(0.005)
        return i
    finally:
        sem.release()


async def caller(i):
    for attempt in range(5):
        try:
            return await asyncio.wait_for(request(i), 0.2)
        except TimeoutError:
            await asyncio.sleep(0.01)
    return None


async def main():
    r = await asyncio.gather(*(caller(i) for i in range(6)))
    print(r)
    # later, ordinary traffic without deadline
    print(await asyncio.gather(*(request(i) for i in range(3))))


asyncio.run(main())
