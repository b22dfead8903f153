import asyncio

import pytest
from freight import Depot, Dispatch


@pytest.mark.parametrize("seats", [2, 4])
async def test_every_parcel_gets_to_its_courier(seats):
    carried = []

    async def courier(label):
        await asyncio.sleep(0.002)
        carried.append(label)

    labels = [f"parcel {number}" for number in range(12)]
    dispatch = Dispatch(Depot(*labels), courier, seats=seats)
    await dispatch.empty_the_depot(dispatchers=4)
    await dispatch.shut()
    assert sorted(carried) == sorted(labels)
    assert dispatch.carried == 12


async def test_a_parcel_without_an_address_is_turned_away():
    async def courier(label):
        await asyncio.sleep(0.002)
        if not label:
            raise LookupError("no address")

    dispatch = Dispatch(Depot("left", "", "right"), courier, seats=3)
    await dispatch.empty_the_depot(dispatchers=2)
    await dispatch.shut()
    assert (dispatch.carried, dispatch.turned_away) == (2, 1)
