"""How the applications speak /universal-connectivity-file/1 (wire.md §3, §4.4): a length and an id, a length and a file.

The words are the same; who ends what and when, and how much is read, is each one's own.
"""
from dataclasses import dataclass

import trio

from protobuf import read_varint, varint

PROTOCOL = "/universal-connectivity-file/1"


@dataclass(frozen=True)
class Dialect:
    name: str
    # As the one who asks: whether its side ends behind the request, whether one read is all that it does, and how long
    # an answer it takes.
    ends_request: bool = True
    reads_once: bool = False
    longest: int = 500_000_000
    # As the one who answers: whether it waits for the end of the asking side, what becomes of the stream when there is
    # no such file, and behind a file.
    waits_for_end: bool = False
    unknown: str = "close"
    ends_answer: str = "close"


GO = Dialect("go", reads_once=True)
# Asks; its server takes the request and drops the channel, whatever was asked for.
RUST = Dialect("rust")
# Its pipe throws when there is no such file.
JS = Dialect("js", longest=4 * 1_024 * 1_024, unknown="reset")
# Leaves its side open, and takes no more than a kilobyte.
NIM = Dialect("nim", ends_request=False, longest=1_024)
DIALECTS = {dialect.name: dialect for dialect in (GO, RUST, JS, NIM)}


async def read_more(stream):
    """-> bytes, b"" at the end of the stream, None when it was reset."""
    try:
        return await stream.read(65_536)
    except Exception as end:  # how the end of a stream is told differs between py-libp2p's versions
        if "EOF" in type(end).__name__ or "Closed" in type(end).__name__:
            return b""
        if "Reset" in type(end).__name__:
            return None
        raise


def prefix(data):
    """-> (length, where the body begins); None while the length has not come whole."""
    try:
        return read_varint(data)
    except IndexError:
        return None


async def fetch(stream, identifier, dialect):
    """Asks for a file. -> (length or None, bytes of the file that were read, how it ended)."""
    await stream.write(varint(len(identifier)) + identifier)
    if dialect.ends_request:
        await stream.close_write()
    data, ending = b"", "open"
    with trio.move_on_after(10):
        while True:
            found = prefix(data)
            if found and found[0] > dialect.longest:
                await stream.reset()
                return found[0], b"", "too long"
            if found and (len(data) - found[1] >= found[0] or dialect.reads_once and len(data) > found[1]):
                await stream.close()
                return found[0], data[found[1]:], "whole" if len(data) - found[1] == found[0] else "in part"
            more = await read_more(stream)
            if not more:
                ending = "reset" if more is None else "end"
                break
            data += more
    await stream.reset()
    return found[0] if found else None, data[found[1]:] if found else b"", ending


async def serve(stream, files, dialect, announced=None, on_request=lambda identifier: None):
    """Answers one request. `announced` is the length to tell instead of the right one."""
    data = b""
    with trio.move_on_after(10):
        while not (found := prefix(data)) or len(data) - found[1] < found[0]:
            more = await read_more(stream)
            if not more:
                return
            data += more
        while dialect.waits_for_end and await read_more(stream):
            pass
        identifier = data[found[1]: found[1] + found[0]]
        on_request(identifier)
        body = files.get(identifier)
        if body is None:
            await finish(stream, dialect.unknown)
            return
        try:
            await stream.write(varint(len(body) if announced is None else announced))
            for at in range(0, len(body), 32_768):
                await stream.write(body[at: at + 32_768])
            await finish(stream, dialect.ends_answer)
        except Exception as end:  # whoever asked has heard enough; see read_more
            if not any(word in type(end).__name__ for word in ("Reset", "Closed", "Error")):
                raise


async def finish(stream, how):
    if how == "close":
        await stream.close_write()
    elif how == "reset":
        await stream.reset()
