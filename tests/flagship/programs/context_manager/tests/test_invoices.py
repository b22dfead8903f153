import asyncio

from invoices import Renderer, Server


async def render(invoice):
    await asyncio.sleep(0.004)
    if invoice.endswith("?"):
        raise ValueError(invoice)
    return f"<h1>{invoice}</h1>"


async def test_renders_every_invoice():
    server = Server()
    server.enqueue(*(f"2024-{number:03}" for number in range(18)))
    renderer = Renderer(server, render)
    await renderer.render_all(clients=4, at_once=6)
    assert len(renderer.pages) == 18
    assert renderer.pages["2024-007"] == "<h1>2024-007</h1>"
    assert not server.queue


async def test_an_invoice_that_cannot_be_rendered_is_noted():
    server = Server()
    server.enqueue("a", "b?", "c")
    renderer = Renderer(server, render)
    await renderer.render_all(clients=2, at_once=2)
    assert sorted(renderer.pages) == ["a", "c"]
    assert renderer.failed == ["b?"]
