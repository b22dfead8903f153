"""A repository hands the same object to everybody and takes it for saving: it looks like a pool and is none."""

import asyncio


class Account:
    def __init__(self, number: int) -> None:
        self.number = number
        self.visits = 0

    def visit(self) -> None:
        self.visits += 1


class Repository:
    def __init__(self) -> None:
        self.accounts = {number: Account(number) for number in range(3)}
        self.dirty: list[Account] = []

    async def get(self, number: int) -> Account:
        await asyncio.sleep(0.001)
        account = self.accounts[number]
        if account in self.dirty:
            self.dirty.remove(account)
        return account

    async def save(self, account: Account) -> None:
        await asyncio.sleep(0.001)
        if account not in self.dirty:
            self.dirty.append(account)


async def visitor(repository: Repository, number: int) -> None:
    for _ in range(3):
        account = await repository.get(number % 3)
        account.visit()
        await repository.save(account)


async def main() -> None:
    repository = Repository()
    await asyncio.gather(*(visitor(repository, number) for number in range(5)))
    assert sum(a.visits for a in repository.accounts.values()) == 15


asyncio.run(main())
