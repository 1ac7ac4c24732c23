"""What an enemy does over streams that it came by honestly: gossipsub, identify, ping, and what it says in the room."""
import secrets
import threading
import time

import protobuf
from battlefield import HUGE
from peers import TOPIC


def in_stream(protocol, data, gone=True):
    """Sends it on a stream of our own; it must be reset or ended where gone is true."""

    def attack(field):
        peer = field.raw()
        stream = peer.open(protocol)
        try:
            stream.send(data)
        except OSError:
            pass
        result = peer.assert_refused(stream) if gone else None
        peer.close()
        return result

    return attack


def rpc(*fields):
    return protobuf.delimited(protobuf.encode(*fields))


IN_STREAMS = {
    "multistream in a stream: length 2^31": (None, HUGE),
    "multistream in a stream: garbage": (None, secrets.token_bytes(2048)),
    "gossipsub: an RPC of 2^31 bytes": ("/meshsub/1.1.0", HUGE),
    "gossipsub: an RPC of 64 MiB announced": ("/meshsub/1.1.0", protobuf.varint(1 << 26) + b"x" * 1000),
    "gossipsub: an RPC that is no protobuf": ("/meshsub/1.1.0", protobuf.delimited(b"\xff" * 1000)),
    "gossipsub: a length that never ends": ("/meshsub/1.1.0", b"\xff" * 64),
    "identify-push: 2^31 as a length": ("/ipfs/id/push/1.0.0", HUGE),
    "identify-push: garbage": ("/ipfs/id/push/1.0.0", protobuf.delimited(b"\xff" * 1000)),
}
# These may be ignored or refused, as long as nothing comes of them.
MAY_BE_IGNORED = {
    "gossipsub: 30000 empty subscriptions": ("/meshsub/1.1.0", protobuf.delimited(b"\x0a\x00" * 30000)),
    "gossipsub: 500000 empty subscriptions": ("/meshsub/1.1.0", protobuf.delimited(b"\x0a\x00" * 500_000)),
    "gossipsub: 5000 topics": ("/meshsub/1.2.0", b"".join(
        rpc((1, protobuf.encode((1, 1), (2, f"topic-{number}")))) for number in range(5000))),
    "gossipsub: grafts of 5000 unknown topics": ("/meshsub/1.1.0", b"".join(
        rpc((3, protobuf.encode((3, protobuf.encode((1, f"topic-{number}")))))) for number in range(5000))),
    "gossipsub: a prune for 2^64-1 seconds": ("/meshsub/1.1.0", rpc(
        (3, protobuf.encode((4, protobuf.encode((1, TOPIC), (3, 2**64 - 1))))))),
    "gossipsub: IHAVE and IWANT of 5000 ids": ("/meshsub/1.1.0", b"".join(
        rpc((3, protobuf.encode((kind, protobuf.encode((1 if kind == 2 else 2, secrets.token_bytes(40)))))))
        for kind in (1, 2) for _ in range(2500))),
    "gossipsub: IDONTWANT of a 60000-byte id": ("/meshsub/1.2.0", rpc(
        (3, protobuf.encode((5, protobuf.encode((1, bytes(60000)))))))),
    "gossipsub: a topic name of 60000 bytes": ("/meshsub/1.1.0", rpc((1, protobuf.encode((1, 1), (2, b"t" * 60000))))),
    "ping: 31 bytes, then the end": ("/ipfs/ping/1.0.0", bytes(31)),
}


def answers_identify_with(data):
    """uc-bot opens its identify stream to us."""

    def attack(field):
        def reply(stream):
            stream.send(data)
            stream.finish()
            asked.set()

        asked = threading.Event()
        peer = field.raw(handlers={"/ipfs/id/1.0.0": reply})
        assert asked.wait(10), "uc-bot did not ask"
        time.sleep(0.3)
        peer.close()

    return attack


IDENTIFIES = {
    "identify answered with 2^31 as a length": HUGE,
    "identify answered with garbage": secrets.token_bytes(3000),
    "identify answered with 300 KB of protocols": b"".join(
        protobuf.delimited(protobuf.encode(*((3, f"/protocol/{part}/{each}") for each in range(200))))
        for part in range(64)),
    "identify answered with broken addresses": protobuf.delimited(
        protobuf.encode(*((2, secrets.token_bytes(20)) for _ in range(150)), (5, b"\xff\xfe"), (6, b"\x1b[2J\xff"))),
}


# Messages

def message_case(build, shown):
    def attack(field):
        peer = field.raw()
        stream, text = peer.gossip(), "text " + secrets.token_hex(8)
        after = field.bot.mark()
        stream.send(rpc((2, build(field, peer.identity, text.encode()))))
        if shown:
            field.bot.wait_line(text, 5, after)
        else:
            field.answers()
            assert not field.bot.matches(text, after), "it was shown: " + field.bot.matches(text, after)[0].string
        peer.close()
        return "shown" if shown else "not shown"

    return attack


MESSAGES = {
    "a message with everything right": (lambda field, me, text: me.message(text), True),
    "a message whose signature is wrong": (lambda field, me, text: me.message(text, signature=bytes(64)), False),
    "a message without a signature": (lambda field, me, text: me.message(text, signature=b""), False),
    "a message in our friend's name": (lambda field, me, text: me.message(text, sender=field.friend.id), False),
    "a message in uc-bot's own name": (lambda field, me, text: me.message(text, sender=field.bot.id), False),
    "a message with a sequence number of 3 bytes": (lambda field, me, text: me.message(text, seqno=b"abc"), False),
    "a message without its author": (lambda field, me, text: protobuf.encode((2, text), (4, TOPIC)), False),
}


def control_characters(field):
    """What a stranger writes must not reach the terminal as it is."""
    peer = field.raw()
    stream, mark = peer.gossip(), secrets.token_hex(8)
    after = field.bot.mark()
    stream.send(rpc((2, peer.identity.message(b"\x1b[2J\x1b]0;owned\x07\xff\xfe\r\n\x00 " + mark.encode()))))
    found = field.bot.wait_line(mark, 5, after).string
    assert not any(ord(each) < 32 and each != "\t" for each in found), f"printed as it came: {found!r}"
    peer.close()
    return repr(found)


def same_message_often(field):
    """One message a thousand times: shown once."""
    peer = field.raw()
    stream, text = peer.gossip(), "often " + secrets.token_hex(8)
    message = peer.identity.message(text.encode())
    after = field.bot.mark()
    for _ in range(20):
        stream.send(rpc((2, message)) * 50)
    field.bot.wait_line(text, 5, after)
    field.answers()
    count = len(field.bot.matches(text, after))
    assert count == 1, f"shown {count} times"
    peer.close()


def flood_of_forgeries(field):
    """Ten thousand messages with wrong signatures."""
    peer = field.raw()
    stream = peer.gossip()
    start = time.monotonic()
    try:
        for number in range(100):
            stream.send(b"".join(
                rpc((2, peer.identity.message(b"forged %d" % number, signature=bytes(64)))) for _ in range(100)))
    except OSError:
        pass
    field.answers()
    result = "connection closed" if peer.closed else "all taken"
    peer.close()
    return f"{result}, answered again {time.monotonic() - start:.1f} s after it began"


def lua(text, trace):
    def attack(field):
        after = field.bot.mark()
        field.friend.publish(text)
        field.answers()  # by the other script, while this one is at it
        return field.bot.wait_line(trace, 20, after)[0]

    return attack


LUA = {
    "a handler that throws": ("!throw", "thrown on purpose"),
    "a handler that recurses for ever": ("!recurse", "stack overflow|not enough memory"),
    "a handler that loops for ever": ("!loop", "ran for more than"),
    "a handler with a pattern that takes for ever": ("!match", "ran for more than|pattern too complex"),
    "a handler that eats memory": ("!eat", "not enough memory"),
}


ATTACKS = [
    *((name, in_stream(*data)) for name, data in IN_STREAMS.items()),
    *((name, in_stream(*data, gone=False)) for name, data in MAY_BE_IGNORED.items()),
    *((name, answers_identify_with(data)) for name, data in IDENTIFIES.items()),
    *((name, message_case(*case)) for name, case in MESSAGES.items()),
    ("control characters and bytes that are no UTF-8", control_characters),
    ("the same message a thousand times", same_message_often),
    ("ten thousand forged messages", flood_of_forgeries),
]

SCRIPTS_GONE_WRONG = [(name, lua(*case)) for name, case in LUA.items()]
