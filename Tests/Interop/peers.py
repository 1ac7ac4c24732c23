"""What the tests want of a foreign peer, whichever it is; and how a received message is checked."""
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import protobuf
from names import multiaddr_text, peer_id, unbase58
from processes import wait_until

TOPIC = "universal-connectivity"
HOME = Path(os.environ.get("UC_INTEROP_DIR") or Path(__file__).resolve().parents[2] / ".interop")

# go-libp2p-pubsub fills its mesh at the 1 s heartbeat only, and a message published before that goes to nobody.
MESH_SECONDS = 2.4


class NotRun(Exception):
    """The case cannot be run with this peer; the text says why. It never counts as passed."""


def eventually(look, satisfied, failure, timeout=5):
    """Looks again and again until it is satisfied with what it sees; AssertionError(failure(last seen)) when late."""
    deadline = time.monotonic() + timeout
    while not satisfied(seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(failure(seen))
        time.sleep(0.02)
    return seen


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Message:
    sender: str
    data: bytes
    seqno: bytes = b""
    topic: str = TOPIC
    signature: bytes = b""
    key: bytes = b""

    @property
    def text(self):
        return self.data.decode("utf-8", "backslashreplace")


@dataclass
class Identified:
    """What a peer learnt about another by /ipfs/id/1.0.0."""

    agent: str
    protocols: list
    peer: str = ""  # the id that belongs to the public key in the message
    version: str = ""
    listen: list = field(default_factory=list)
    observed: str = ""

    @classmethod
    def of(cls, fields):
        text = lambda number: fields.get(number, [b""])[-1].decode()
        return cls(
            agent=text(6), version=text(5), protocols=[name.decode() for name in fields.get(3, [])],
            peer=peer_id(fields.get(1, [b""])[-1]), listen=[multiaddr_text(each) for each in fields.get(2, [])],
            observed=multiaddr_text(fields.get(4, [b""])[-1]))

    @classmethod
    def from_stream(cls, data):
        """One or more length-prefixed Identify messages (the specification lets them come in parts)."""
        at, merged = 0, {}
        while at < len(data):
            size, at = protobuf.read_varint(data, at)
            for number, values in protobuf.decode(data[at : at + size]).items():
                merged.setdefault(number, []).extend(values)
            at += size
        return cls.of(merged)


class Peer:
    """A foreign peer in a process of its own that has joined the room."""

    name = agent = "?"
    id = address = None

    def __init__(self):
        self.inbox = []
        self.arrived = threading.Condition()

    def deliver(self, message):
        with self.arrived:
            self.inbox.append(message)
            self.arrived.notify_all()

    def mark(self):
        with self.arrived:
            return len(self.inbox)

    def expect(self, sender, wanted, timeout=10, after=0):
        """The first message by `sender`, after a mark, for which wanted(text) is true."""

        def found():
            return next((m for m in self.inbox[after:] if m.sender == sender and wanted(m.text)), None)

        def failure():
            heard = [m.text for m in self.inbox[after:] if m.sender == sender]
            return f"{self.name} did not receive it within {timeout:g} s; from that author it heard {heard}"

        return wait_until(found, self.arrived, timeout, failure)

    # To be filled in; each may raise NotRun.
    def connect(self, address):
        raise NotImplementedError

    def connected(self):
        raise NotImplementedError

    def publish(self, text):
        raise NotImplementedError

    def identify(self, peer):
        raise NotImplementedError

    def ping(self, peer, count):
        """Round trips in seconds."""
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError


def check_signature(message):
    """Verifies a message's signature here, independently of the peer that handed it over; a note for the report."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding

    assert message.signature, "the message carries no signature"
    identity = unbase58(message.sender)
    encoded_key = message.key or (identity[2:] if identity[0] == 0 else b"")
    assert encoded_key, "the message carries no key and its author's id does not contain one"
    assert peer_id(encoded_key) == message.sender, "the key in the message is not its author's"
    assert len(message.seqno) == 8, f"seqno has {len(message.seqno)} bytes, not 8"
    signed = b"libp2p-pubsub:" + protobuf.encode(
        (1, identity), (2, message.data), (3, message.seqno), (4, message.topic))
    key = protobuf.decode(encoded_key)
    kind, material = key[1][0], key[2][0]
    if kind == 1:
        ed25519.Ed25519PublicKey.from_public_bytes(material).verify(message.signature, signed)
    else:
        assert kind == 0, f"key type {kind}"
        rsa = serialization.load_der_public_key(material)
        rsa.verify(message.signature, signed, padding.PKCS1v15(), hashes.SHA256())
    return "signature verified" + (", key included" if message.key else ", key left out")
