import asyncio

import pytest_asyncio
from thumbnails import Sessions, Uploads, make_thumbnails


async def shrink(name):
    await asyncio.sleep(0.003)
    if name == "truncated.png":
        raise OSError("image file is truncated")


@pytest_asyncio.fixture
async def uploads():
    return Uploads([f"{number}.png" for number in range(15)])


@pytest_asyncio.fixture
async def sessions(uploads):
    sessions = Sessions(uploads, limit=3)
    yield sessions
    await sessions.aclose()


async def test_every_upload_gets_a_thumbnail(sessions, uploads):
    report = await make_thumbnails(sessions, shrink, workers=5)
    assert (report.made, report.broken) == (15, 0)
    assert not uploads.names


async def test_a_broken_image_is_counted(sessions, uploads):
    uploads.names.insert(3, "truncated.png")
    report = await make_thumbnails(sessions, shrink, workers=2)
    assert (report.made, report.broken) == (15, 1)
