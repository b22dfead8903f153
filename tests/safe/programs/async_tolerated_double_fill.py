"""Two tasks may load the same page; the second one replaces it by its equal."""

import asyncio


class Pages:
    def __init__(self) -> None:
        self.pages: dict[str, dict[str, str]] = {}

    async def get(self, name: str) -> dict[str, str]:
        if name in self.pages:
            return self.pages[name]
        await asyncio.sleep(0.01)
        self.pages[name] = {"name": name, "text": name.upper()}
        return self.pages[name]


async def main() -> None:
    pages = Pages()
    found = await asyncio.gather(*(pages.get("home") for _ in range(3)))
    assert all(page["text"] == "HOME" for page in found)


asyncio.run(main())
