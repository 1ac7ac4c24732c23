"""py-libp2p, in a child process of its own (pylibp2p_child.py)."""
import base64
import sys
from pathlib import Path

from peers import TOPIC, Identified, Message, Peer
from processes import JSONChild


class PyLibp2p(Peer):
    name, agent = "py", "py-libp2p/"

    def __init__(self, meshsub="1.1", default_upgrades=False, topic=TOPIC, strict_signing=True, dht=False):
        super().__init__()
        peer = self
        # What was asked of the protocols that it serves.
        self.asked = []

        class Child(JSONChild):
            def on_event(self, event):
                if event["event"] == "asked":
                    peer.asked.append(base64.b64decode(event["data"]))
                if event["event"] == "message":
                    binary = {name: base64.b64decode(event[name]) for name in ("data", "seqno", "signature", "key")}
                    peer.deliver(Message(sender=event["from"], topic=event["topic"], **binary))

        self.process = Child(self.name, [sys.executable, Path(__file__).with_name("pylibp2p_child.py")])
        started = self.process.ask(
            "start", meshsub=meshsub, default_upgrades=default_upgrades, topic=topic, strict_signing=strict_signing,
            dht=dht, timeout=30)
        self.id, self.address = started["id"], started["address"]

    def connect(self, address):
        self.process.ask("connect", address=address)

    def connected(self):
        return self.process.ask("peers")

    def publish(self, text):
        self.process.ask("publish", text=text)

    def join(self, topic):
        self.process.ask("join", topic=topic)

    def publish_bytes(self, data, topic=None):
        self.process.ask("publish", data=base64.b64encode(data).decode(), topic=topic)

    def exchange(self, peer, protocol, data, size=1):
        """What a peer answers on a new stream, `size` bytes at the least."""
        asked = {"peer": peer, "protocol": protocol, "data": base64.b64encode(data).decode(), "size": size}
        return base64.b64decode(self.process.ask("exchange", **asked))

    def serve(self, protocol, answer):
        self.process.ask("serve", protocol=protocol, data=base64.b64encode(answer).decode())

    def fetch_file(self, peer, identifier, dialect):
        """-> (announced length, bytes, how it ended); see file_dialects.py."""
        identifier = base64.b64encode(identifier).decode()
        got = self.process.ask("fetch_file", peer=peer, identifier=identifier, dialect=dialect)
        return got["length"], base64.b64decode(got["data"]), got["ending"]

    def serve_files(self, files, dialect, **changes):
        encoded = {base64.b64encode(key).decode(): base64.b64encode(data).decode() for key, data in files.items()}
        self.process.ask("serve_files", files=encoded, dialect=dialect, **changes)

    @property
    def public_key(self):
        """In libp2p's protobuf form."""
        return base64.b64decode(self.process.ask("public_key"))

    # the distributed hash table

    def find_peer(self, peer):
        """-> the addresses"""
        return self.process.ask("find_peer", peer=peer, timeout=30)

    def provide(self, key):
        return self.process.ask("provide", key=key, timeout=30)

    def find_providers(self, key):
        """-> [(id, addresses)]"""
        return self.process.ask("find_providers", key=key, timeout=30)

    def put_value(self, key, value):
        self.process.ask("put_value", key=key, value=base64.b64encode(value).decode(), timeout=30)

    def get_value(self, key):
        return base64.b64decode(self.process.ask("get_value", key=key, timeout=30))

    def identify(self, peer):
        return Identified.from_stream(base64.b64decode(self.process.ask("identify", peer=peer)))

    def ping(self, peer, count):
        return [trip / 1000 for trip in self.process.ask("ping", peer=peer, count=count)]

    def gossip_protocol(self, peer):
        """The /meshsub version on which this peer sends to that one."""
        return self.process.ask("gossip_protocol", peer=peer)

    def stop(self):
        self.process.kill()
