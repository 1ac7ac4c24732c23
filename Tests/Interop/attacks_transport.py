"""What an enemy does to the transport: TCP, multistream, Noise, Yamux."""
import secrets
import socket
import struct
import time

import protobuf
import raw_peer
from battlefield import DEADLINE, HUGE
from raw_peer import DATA, FIN, MULTISTREAM, NOISE, PING, RST, SYN, WINDOW, YAMUX, Noise, Secured, Wire, line


# Bytes that must close a bare TCP connection.
def then_closed(before, data):
    def attack(field):
        wire = Wire(field.bot.port)
        try:
            if before:
                wire.agree(before)
            wire.send(data)
            return f"closed after {wire.seconds_to_close(DEADLINE):.2f} s"
        except ConnectionError:
            return "closed while speaking"
        finally:
            wire.close()

    return attack


BARE = {
    "garbage": (None, secrets.token_bytes(65536)),
    "HTTP": (None, b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: somebody who is lost\r\nAccept: */*\r\n\r\n"),
    "multistream: length 2^31": (None, HUGE),
    "multistream: length 0": (None, b"\0"),
    "multistream: a varint that never ends": (None, b"\xff" * 64),
    "multistream: a line of 1025 bytes": (None, line(MULTISTREAM) + line("/" + "x" * 1024)),
    "multistream: a line without its newline": (None, line(MULTISTREAM) + b"\x07/noiseX"),
    "multistream: 5000 proposals": (None, line(MULTISTREAM) + line("/nobody/speaks/this") * 5000),
    "noise: 65535 bytes of junk, twice": (NOISE, 2 * (b"\xff\xff" + secrets.token_bytes(65535))),
    "noise: an empty message": (NOISE, b"\0\0"),
    "noise: 31 bytes": (NOISE, b"\0\x1f" + bytes(31)),
    "noise: a point of low order": (NOISE, b"\0\x20" + bytes(32)),
}


# Noise payloads that do not prove who is speaking.
def forged(payload):
    def attack(field):
        noise = Noise(field.bot.port, payload=payload)
        before = field.bot.mark()
        seconds = noise.seconds_to_close(DEADLINE)
        assert not field.bot.matches(rf"Connected to: {noise.identity.id}", before), "it was believed"
        return f"closed after {seconds:.2f} s"

    return attack


def wrong_prefix(noise):
    signature = noise.identity.private.sign(b"noise-libp2p-static-kez:" + noise.static_public)
    return protobuf.encode((1, noise.identity.public), (2, signature))


def wrong_key(noise):
    payload = protobuf.decode(noise.honest_payload())
    return protobuf.encode((1, raw_peer.Identity().public), (2, payload[2][0]))


FORGED = {
    "noise: a signature over something else": wrong_prefix,
    "noise: somebody else's key": wrong_key,
    "noise: no payload": lambda noise: b"",
    "noise: a payload that is no protobuf": lambda noise: b"\xff" * 200,
    "noise: an RSA key that claims 2^31 bytes":
        lambda noise: protobuf.encode((1, b"\x08\x00\x12\x0a\x30\x84\x80\x00\x00\x00aaaa"), (2, bytes(64))),
}


def broken_frame(field):
    """A Noise transport frame that does not decrypt."""
    noise = Noise(field.bot.port)
    noise.send_frame(secrets.token_bytes(100))
    return f"closed after {noise.seconds_to_close(5):.2f} s"


def short_frame(field):
    """A Noise transport frame shorter than its tag."""
    noise = Noise(field.bot.port)
    noise.send_frame(b"short")
    return f"closed after {noise.seconds_to_close(5):.2f} s"


def junk_instead_of_a_muxer(field):
    noise = Noise(field.bot.port)
    Secured(noise).send(HUGE + secrets.token_bytes(1000))
    return f"closed after {noise.seconds_to_close(5):.2f} s"


# Yamux frames (version, type, flags, stream, length, body) that must close the connection.
FRAMES = {
    "yamux: 2^32-1 bytes of data announced": (0, DATA, SYN, 1, 2**32 - 1, b"x" * 100),
    "yamux: more data than the window": (0, DATA, SYN, 1, 262145, b"x" * 262145),
    "yamux: version 1": (1, DATA, SYN, 1, 0, b""),
    "yamux: type 9": (0, 9, 0, 0, 0, b""),
    "yamux: a stream with an even number": (0, WINDOW, SYN, 2, 0, b""),
    "yamux: data on stream 0": (0, DATA, SYN, 0, 4, b"zero"),
}


def bad_frame(version, kind, flags, stream, length, body):
    def attack(field):
        peer = field.raw()
        try:
            peer.frame(kind, flags, stream, length, body, version)
        except OSError:
            pass  # closed while the body was still being written
        peer.assert_closed(5)
        return "closed" + (f", GoAway {peer.go_away}" if peer.go_away is not None else "")

    return attack


def window_overflow(field):
    peer = field.raw()
    stream = peer.open("/ipfs/ping/1.0.0")
    try:
        for _ in range(3):
            peer.frame(WINDOW, 0, stream.number, 2**32 - 1)
    except OSError:
        pass
    peer.assert_closed(5)


def unknown_streams(field):
    """Data, FIN and RST for streams that never were: refused or ignored, and nothing else suffers."""
    peer = field.raw()
    try:
        for number in range(1001, 1401, 2):
            peer.frame(DATA, 0, number, 3, b"abc")
            peer.frame(DATA, FIN, number, 0)
            peer.frame(DATA, RST, number, 0)
            peer.frame(WINDOW, 0, number, 1000)
    except OSError:
        return "connection closed"
    if peer.closed:
        return "connection closed"
    ping = peer.open("/ipfs/ping/1.0.0")
    ping.send(bytes(32))
    ping.read(32)
    peer.close()
    return "ignored or reset"


def flood_of_streams(field):
    peer = field.raw()
    try:
        for _ in range(5000):
            peer.open()
        time.sleep(1)
        refused = sum(stream.reset for stream in list(peer.streams.values()))
        assert refused or peer.closed, "all of 5000 streams were accepted"
        result = "connection closed" if peer.closed else f"{refused} of 5000 reset"
    except OSError:
        result = "connection closed"
    peer.close()
    return result


def flood_of_pings(field):
    """Yamux pings whose answers are never read."""
    noise = Noise(field.bot.port)
    session = Secured(noise)
    session.agree(YAMUX)
    noise.socket.settimeout(1)
    frames = struct.pack(">BBHII", 0, PING, SYN, 0, 7) * 5000
    sent, result = 0, None
    try:
        for _ in range(200):
            session.send(frames)
            sent += 5000
    except TimeoutError:
        result = f"not read any further after {sent}"
    except OSError:
        result = f"closed after {sent}"
    field.unharmed()
    noise.close()
    return result or f"{sent} taken"


def slow_reader(field):
    """Asks for megabytes of ping echoes and reads none of them."""
    noise = Noise(field.bot.port)
    session = Secured(noise)
    session.agree(YAMUX)
    noise.socket.settimeout(1)
    head = struct.pack(">BBHII", 0, DATA, SYN, 1, 0)
    body = line(MULTISTREAM) + line("/ipfs/ping/1.0.0")
    try:
        session.send(head + struct.pack(">BBHII", 0, DATA, 0, 1, len(body)) + body)
        chunk = struct.pack(">BBHII", 0, DATA, 0, 1, 8192) + bytes(8192)
        for _ in range(31):  # as much as the window allows
            session.send(chunk)
        session.send(struct.pack(">BBHII", 0, WINDOW, 0, 1, 2**24) * 4)
    except OSError:
        pass
    note = field.unharmed()
    noise.close()
    return note


def churn(field):
    """A thousand connections that are cut at once."""
    for _ in range(1000):
        wire = Wire(field.bot.port)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()


def crowd(field):
    """Six hundred peers with all honours, who say nothing more."""
    peers, refused = [], 0
    for _ in range(600):
        try:
            peers.append(field.raw())
        except (OSError, EOFError):
            refused += 1
    assert len(peers) >= 100, f"only {len(peers)} of 600 were let in"
    assert refused, "all of 600 connections were let in"
    note = field.unharmed()
    for peer in peers:
        peer.close()
    return f"{len(peers)} let in, {refused} refused, {note}"


def newcomer_after_silence(field):
    """Two hundred connections that say nothing: when their time is up, an honest newcomer gets in."""
    silent = [Wire(field.bot.port) for _ in range(200)]
    start = time.monotonic()
    while True:
        try:
            ping = field.raw().open("/ipfs/ping/1.0.0")
            ping.send(bytes(32))
            ping.read(32)
            break
        except (OSError, EOFError):
            assert time.monotonic() - start < DEADLINE, f"no newcomer was let in for {DEADLINE} s"
            time.sleep(0.2)
    for wire in silent:
        wire.close()
    return f"let in after {time.monotonic() - start:.1f} s"


ATTACKS = [
    *((name, then_closed(*data)) for name, data in BARE.items()),
    ("a thousand connections cut at once", churn),
    ("six hundred peers", crowd),
    ("two hundred silent connections and a newcomer", newcomer_after_silence),
    *((name, forged(payload)) for name, payload in FORGED.items()),
    ("noise: a frame that does not decrypt", broken_frame),
    ("noise: a frame shorter than its tag", short_frame),
    ("junk where the muxer is agreed on", junk_instead_of_a_muxer),
    *((name, bad_frame(*frame)) for name, frame in FRAMES.items()),
    ("yamux: a window past 2^32", window_overflow),
    ("yamux: frames for streams that never were", unknown_streams),
    ("yamux: 5000 streams", flood_of_streams),
    ("yamux: a million pings, no answer read", flood_of_pings),
    ("a reader that never reads", slow_reader),
]
