"""Accounts in a database over SQLAlchemy: threads with sessions and connections move money in transactions, over a pool that checks, recycles and overflows."""

# server: postgres
# package: SQLAlchemy

import os
import threading

from sqlalchemy import Engine, ForeignKey, create_engine, exc, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

ACCOUNTS = 2


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    number: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


class Entry(Base):
    __tablename__ = "entry"
    number: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("account.number"))
    amount: Mapped[int]


def move(sessions: sessionmaker[Session], amount: int) -> None:
    try:
        with sessions.begin() as session:
            first, second = session.scalars(select(Account).order_by(Account.number).with_for_update()).all()
            if first.balance < amount:
                raise LookupError("not enough")
            first.balance -= amount
            second.balance += amount
            session.add(Entry(account=second.number, amount=amount))
    except LookupError:
        pass
    except exc.TimeoutError:
        pass  # no connection was free in time


def total(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            assert connection.execute(text("SELECT sum(balance) FROM account")).scalar_one() == 10
    except exc.TimeoutError:
        pass


def main() -> None:
    url = os.environ["POSTGRES_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, pool_size=1, max_overflow=1, pool_timeout=2, pool_pre_ping=True, pool_recycle=60)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions.begin() as session:
        session.add_all([Account(number=number, balance=5) for number in range(ACCOUNTS)])
    threads = [threading.Thread(target=move, args=(sessions, amount)) for amount in (3, 9)]
    threads.append(threading.Thread(target=total, args=(engine,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


main()
