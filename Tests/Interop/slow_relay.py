#!/usr/bin/env python3
"""slow_relay.py PORT HOST PORT MILLISECONDS: TCP connections go on to the other host, each byte so much later.

The kernel of the test machines has no netem; a connection through here has the round trip of another continent.
"""
import asyncio
import sys


async def pump(reader, writer, delay):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue(4096)

    async def read():
        while data := await reader.read(65536):
            await queue.put((loop.time() + delay, data))
        await queue.put((loop.time() + delay, None))

    reading = asyncio.create_task(read())
    try:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if data is None:
                break
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        reading.cancel()
        writer.close()


async def main(port, host, target, milliseconds):
    async def relay(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(host, target)
        except OSError:
            return writer.close()
        delay = milliseconds / 1000
        await asyncio.gather(pump(reader, far_writer, delay), pump(far_reader, writer, delay))

    server = await asyncio.start_server(relay, "0.0.0.0", port)
    print("relaying", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
