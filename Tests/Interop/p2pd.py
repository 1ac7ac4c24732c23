"""go-libp2p as `p2pd`, driven over its control socket: length-prefixed protobuf requests and responses."""
import os
import socket
import tempfile
import threading
import time
from pathlib import Path

import protobuf
from names import base58, multiaddr, multiaddr_text, split_peer, unbase58
from peers import HOME, TOPIC, Identified, Message, Peer, free_port
from processes import Process

IDENTIFY, CONNECT, OPEN_STREAM, DHT, LIST_PEERS, PUBSUB = 0, 1, 2, 4, 5, 8
FIND_PEER, FIND_PROVIDERS, GET_VALUE, PUT_VALUE, PROVIDE = 0, 2, 5, 7, 8
PUBLISH, SUBSCRIBE = 2, 3


class Control:
    """One connection to the daemon. A subscription or an opened stream takes it over for good."""

    def __init__(self, path, timeout=15):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.buffer = b""

    def read(self, size):
        while len(self.buffer) < size:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f"p2pd closed the connection, {len(self.buffer)} of {size} bytes read")
            self.buffer += more
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read_to_end(self):
        while more := self.socket.recv(65536):
            self.buffer += more
        data, self.buffer = self.buffer, b""
        return data

    def receive(self):
        prefix = b""
        while not prefix or prefix[-1] & 0x80:
            prefix += self.read(1)
        return protobuf.decode(self.read(protobuf.read_varint(prefix)[0]))

    def call(self, kind, *fields):
        self.socket.sendall(protobuf.delimited(protobuf.encode((1, kind), *fields)))
        answer = self.receive()
        if answer[1][0] != 0:
            raise AssertionError("p2pd: " + protobuf.decode(answer[2][0])[1][0].decode())
        return answer

    def close(self):
        self.socket.close()


class P2PD(Peer):
    name, agent = "p2pd", "p2pd/"

    def __init__(self, tls=False, port=None, identity=None, host=None, dht=False):
        super().__init__()
        self.port = port or free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="p2pd-")
        self.control = self.folder.name + "/control"
        arguments = [*(host.prefix if host else []),
            HOME / "p2pd", "-listen", "/unix" + self.control, "-hostAddrs", f"/ip4/{host.address if host else '127.0.0.1'}/tcp/{self.port}",
            "-pubsub", "-pubsubRouter", "gossipsub", "-relay=0", "-relayService=0", f"-tls={str(tls).lower()}"]
        if dht:
            # Loopback counts as unreachable unless it is told otherwise.
            arguments += ["-dhtServer", "-forceReachabilityPublic"]
        if identity:
            key = Path(self.folder.name) / "key"
            key.write_bytes(identity)
            arguments += ["-id", key]
        self.process = Process(self.name, arguments, cwd=self.folder.name)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.requests = Control(self.control)
                break
            except OSError:
                if not self.process.alive or time.monotonic() > deadline:
                    raise AssertionError("p2pd did not start: " + self.process.text()) from None
                time.sleep(0.01)
        me = protobuf.decode(self.requests.call(IDENTIFY)[4][0])
        self.id = base58(me[1][0])
        self.address = next(a for a in map(multiaddr_text, me[2]) if "/tcp/" in a) + "/p2p/" + self.id
        self._subscribe()

    def _subscribe(self):
        subscription = Control(self.control)
        subscription.call(PUBSUB, (8, protobuf.encode((1, SUBSCRIBE), (2, TOPIC))))
        subscription.socket.settimeout(None)

        def receive():
            try:
                while True:
                    fields = subscription.receive()
                    last = lambda number: fields.get(number, [b""])[-1]
                    self.deliver(Message(
                        sender=base58(last(1)), data=last(2), seqno=last(3), topic=last(4).decode(),
                        signature=last(5), key=last(6)))
            except (EOFError, OSError):
                pass  # the daemon has ended

        threading.Thread(target=receive, daemon=True).start()

    def connect(self, address):
        transport, peer = split_peer(address)
        self.requests.call(
            CONNECT, (2, protobuf.encode((1, unbase58(peer)), (2, multiaddr(transport)), (3, 10))))

    def connected(self):
        return [base58(protobuf.decode(each)[1][0]) for each in self.requests.call(LIST_PEERS).get(6, [])]

    def publish(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.requests.call(PUBSUB, (8, protobuf.encode((1, PUBLISH), (2, TOPIC), (3, data))))

    def open_stream(self, peer, *protocols):
        """-> the control connection, from now on the stream itself."""
        stream = Control(self.control)
        request = protobuf.encode((1, unbase58(peer)), *((2, each) for each in protocols), (3, 10))
        stream.call(OPEN_STREAM, (3, request))
        return stream

    # the distributed hash table

    def _dht(self, kind, *fields):
        """-> the answers, each as its fields."""
        control = Control(self.control)
        try:
            answer = control.call(DHT, (5, protobuf.encode((1, kind), *fields, (7, 10))))
            if 5 not in answer:
                return []
            first = protobuf.decode(answer[5][0])
            if first[1][0] == 1:
                return [first]
            answers = []
            while (each := control.receive())[1][0] != 2:
                answers.append(each)
            return answers
        finally:
            control.close()

    @staticmethod
    def _peer(answer):
        info = protobuf.decode(answer[2][0])
        return base58(info[1][0]), [multiaddr_text(each) for each in info.get(2, [])]

    def find_peer(self, peer):
        """-> (id, addresses)"""
        return self._peer(self._dht(FIND_PEER, (2, unbase58(peer)))[0])

    def provide(self, cid):
        self._dht(PROVIDE, (3, cid))

    def find_providers(self, cid, count=5):
        return [self._peer(each) for each in self._dht(FIND_PROVIDERS, (3, cid), (6, count))]

    def put_value(self, key, value):
        self._dht(PUT_VALUE, (4, key), (5, value))

    def get_value(self, key):
        return self._dht(GET_VALUE, (4, key))[0][3][0]

    def identify(self, peer):
        stream = self.open_stream(peer, "/ipfs/id/1.0.0")
        try:
            return Identified.from_stream(stream.read_to_end())
        finally:
            stream.close()

    def ping(self, peer, count):
        stream, trips = self.open_stream(peer, "/ipfs/ping/1.0.0"), []
        try:
            for _ in range(count):
                payload, start = os.urandom(32), time.perf_counter()
                stream.socket.sendall(payload)
                assert stream.read(32) == payload, "the ping came back changed"
                trips.append(time.perf_counter() - start)
        finally:
            stream.close()
        return trips

    def stop(self):
        self.process.stop()
        self.folder.cleanup()
