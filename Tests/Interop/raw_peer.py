"""A libp2p peer by hand, for saying what no honest implementation would: TCP, multistream, Noise, Yamux, pubsub.

Each layer can be stopped at, and everything above it spoken freely.
"""
import secrets
import socket
import struct
import threading
import time

import protobuf
from names import multiaddr, peer_id, unbase58
from peers import TOPIC

MULTISTREAM, NOISE, YAMUX = "/multistream/1.0.0", "/noise", "/yamux/1.0.0"
DATA, WINDOW, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8


def line(text):
    """A multistream message."""
    body = text.encode() + b"\n"
    return protobuf.varint(len(body)) + body


class Wire:
    """The bare TCP connection."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError(f"closed after {len(data)} of {size} bytes")
            data += more
        return data

    def read_line(self):
        """One multistream message, without its newline."""
        prefix = b""
        while not prefix or prefix[-1] & 0x80:
            prefix += self.read(1)
        return self.read(protobuf.read_varint(prefix)[0]).rstrip(b"\n").decode()

    def agree(self, protocol):
        self.send(line(MULTISTREAM) + line(protocol))
        answers = [self.read_line(), self.read_line()]
        assert answers == [MULTISTREAM, protocol], f"proposed {protocol}, answered {answers}"
        return self

    def seconds_to_close(self, limit):
        """How long the other side takes to close; AssertionError after `limit` seconds."""
        start = time.monotonic()
        while (left := start + limit - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self.socket.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            raise AssertionError(f"the connection was not closed within {limit:g} s")
        return time.monotonic() - start

    def close(self):
        self.socket.close()


class Identity:
    def __init__(self):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.private = Ed25519PrivateKey.generate()
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = b"\x08\x01\x12\x20" + raw
        self.id = peer_id(self.public)

    def message(self, data, seqno=None, sender=None, signature=None, key=True, topic=TOPIC):
        """A pubsub message in its wire form, true or false as asked."""
        fields = [
            (1, unbase58(sender or self.id)), (2, data), (3, secrets.token_bytes(8) if seqno is None else seqno),
            (4, topic)]
        if signature is None:
            signature = self.private.sign(b"libp2p-pubsub:" + protobuf.encode(*fields))
        return protobuf.encode(*fields, (5, signature or None), (6, self.public if key else None))


class Noise(Wire):
    """TCP + /noise, as the initiator. `payload` replaces what is sent in the third message."""

    def __init__(self, port, identity=None, payload=None, timeout=10):
        super().__init__(port, timeout)
        from noise.connection import Keypair, NoiseConnection

        self.identity = identity or Identity()
        self.agree(NOISE)
        static = secrets.token_bytes(32)
        self.noise = NoiseConnection.from_name(b"Noise_XX_25519_ChaChaPoly_SHA256")
        self.noise.set_as_initiator()
        self.noise.set_keypair_from_private_bytes(Keypair.STATIC, static)
        self.noise.start_handshake()
        self.static_public = self.noise.noise_protocol.handshake_state.s.public_bytes
        self.send_frame(self.noise.write_message())
        self.peer_payload = protobuf.decode(bytes(self.noise.read_message(self.read_frame())))
        self.send_frame(self.noise.write_message(self.honest_payload() if payload is None else payload(self)))

    def honest_payload(self):
        signature = self.identity.private.sign(b"noise-libp2p-static-key:" + self.static_public)
        return protobuf.encode((1, self.identity.public), (2, signature))

    def send_frame(self, ciphertext):
        super().send(struct.pack(">H", len(ciphertext)) + ciphertext)

    def read_frame(self):
        return super().read(struct.unpack(">H", super().read(2))[0])


class Secured:
    """Reads and writes plaintext over Noise; the same calls as Wire's."""

    def __init__(self, noise):
        self.wire, self.buffer, self.lock = noise, b"", threading.Lock()

    def send(self, data):
        with self.lock:
            for at in range(0, len(data), 60000):
                self.wire.send_frame(self.wire.noise.encrypt(data[at : at + 60000]))

    def read(self, size):
        while len(self.buffer) < size:
            self.buffer += self.wire.noise.decrypt(self.wire.read_frame())
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    read_line, agree = Wire.read_line, Wire.agree


class Stream:
    def __init__(self, session, number):
        self.session, self.number = session, number
        self.buffer, self.ended, self.reset = b"", False, False

    def send(self, data, flags=0):
        for at in range(0, len(data) or 1, 16384):
            part = data[at : at + 16384]
            self.session.frame(DATA, flags, self.number, len(part), part)

    def read(self, size):
        with self.session.changed:
            self.session.wait(lambda: len(self.buffer) >= size or self.ended or self.reset, 10)
            if len(self.buffer) < size:
                raise EOFError("reset" if self.reset else "ended")
            data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    read_line, agree = Wire.read_line, Wire.agree

    def finish(self):
        self.session.frame(DATA, FIN, self.number, 0)


class RawPeer:
    """The whole stack, with a thread that reads. `handlers`: protocol -> function(stream), called in a thread."""

    def __init__(self, port, handlers=None, identity=None):
        self.noise = Noise(port, identity)
        self.identity, self.noise_session = self.noise.identity, Secured(self.noise)
        self.noise_session.agree(YAMUX)
        self.noise.socket.settimeout(None)
        self.handlers = {"/ipfs/id/1.0.0": self.tell_identity, "/ipfs/ping/1.0.0": self.echo_pings,
                         "/meshsub/1.1.0": lambda stream: None, **(handlers or {})}
        self.streams, self.next_number = {}, 1
        self.changed = threading.Condition()
        self.closed = False
        self.go_away = None
        threading.Thread(target=self._read, daemon=True).start()

    # Yamux

    def frame(self, kind, flags, stream, length, body=b"", version=0):
        self.noise_session.send(struct.pack(">BBHII", version, kind, flags, stream, length) + body)

    def _read(self):
        try:
            while True:
                _, kind, flags, number, length = struct.unpack(">BBHII", self.noise_session.read(12))
                body = self.noise_session.read(length) if kind == DATA else b""
                if kind == PING and flags & SYN:
                    self.frame(PING, ACK, 0, length)
                elif kind == GO_AWAY:
                    self.go_away = length
                elif kind in (DATA, WINDOW):
                    self._deliver(number, flags, body)
        except Exception:
            pass  # closed, by whom is for the test to say
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def _deliver(self, number, flags, body):
        with self.changed:
            if flags & SYN:
                self.streams[number] = Stream(self, number)
                threading.Thread(target=self._accept, args=(self.streams[number],), daemon=True).start()
            stream = self.streams.get(number)
            if stream:
                stream.buffer += body
                stream.ended |= bool(flags & FIN)
                stream.reset |= bool(flags & RST)
            self.changed.notify_all()
        if flags & SYN:
            self.frame(WINDOW, ACK, number, 0)
        if body and stream:
            self.frame(WINDOW, 0, number, len(body))

    def _accept(self, stream):
        try:
            stream.send(line(MULTISTREAM))
            while True:
                protocol = stream.read_line()
                if protocol == MULTISTREAM:
                    continue
                handler = self.handlers.get(protocol)
                stream.send(line(protocol if handler else "na"))
                if handler:
                    return handler(stream)
        except (EOFError, OSError, AssertionError):
            pass

    def wait(self, condition, timeout):
        """Under self.changed: until it is true or the connection is closed."""
        deadline = time.monotonic() + timeout
        while not condition() and not self.closed:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"nothing within {timeout:g} s")
            self.changed.wait(left)

    def open(self, protocol=None):
        number, self.next_number = self.next_number, self.next_number + 2
        stream = self.streams[number] = Stream(self, number)
        self.frame(WINDOW, SYN, number, 0)
        return stream.agree(protocol) if protocol else stream

    def assert_closed(self, limit=10):
        with self.changed:
            self.wait(lambda: False if not self.closed else True, limit)

    def assert_refused(self, stream, limit=10):
        """The stream is reset or ended, or the whole connection closed."""
        with self.changed:
            self.wait(lambda: stream.reset or stream.ended, limit)
        return "connection closed" if self.closed else "stream reset" if stream.reset else "stream ended"

    # What an honest peer would answer

    def tell_identity(self, stream):
        message = protobuf.encode(
            (1, self.identity.public), (2, multiaddr("/ip4/127.0.0.1/tcp/1")), (3, "/ipfs/id/1.0.0"),
            (3, "/meshsub/1.1.0"), (6, "raw-peer/1"))
        stream.send(protobuf.delimited(message))
        stream.finish()

    def echo_pings(self, stream):
        while True:
            stream.send(stream.read(32))

    # Pubsub

    def gossip(self, protocol="/meshsub/1.1.0"):
        """Our outbound gossip stream, subscribed to the room."""
        stream = self.open(protocol)
        stream.send(protobuf.delimited(protobuf.encode((1, protobuf.encode((1, 1), (2, TOPIC))))))
        return stream

    def close(self):
        self.noise.close()

    stop = close
