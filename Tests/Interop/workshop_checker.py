#!/usr/bin/env python3
"""A checker for the lessons of the universal-connectivity workshop, on py-libp2p: what it is told in the environment,
what it prints, and whom it disconnects when, are those of the workshop's own (wire.md §11.1).

    LISTEN_ADDRS=/ip4/127.0.0.1/tcp/9092 CLOSE_AFTER_PING=TRUE workshop_checker.py KEY

KEY is a private key as libp2p keeps it, 68 bytes for Ed25519. Further flags, by mere presence: CLOSE_AFTER_CONNECTED,
CLOSE_AFTER_IDENTIFY, CLOSE_AFTER_GOSSIP_MSG, CHATTY. SIGTERM disconnects everybody and ends it.

`closed,<peer>` is for connections that the checker itself closed; one that the other side ended is `error,…`, as in the
original, where only that comes without a cause. Kademlia is served, and looked through for the checker itself as soon as
somebody else serves it, which is `kademlia,bootstrap`; the original's other lines about it are not here.
"""
import itertools
import logging
import os
import signal
import sys
import time

import libp2p.identity.identify.identify as identify_protocol
import multiaddr
import trio
from libp2p import new_host
from libp2p.abc import INotifee
from libp2p.crypto.ed25519 import Ed25519PrivateKey
from libp2p.crypto.keys import KeyPair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.custom_types import TProtocol
from libp2p.host.ping import perform_ping_roundtrip
from libp2p.kad_dht.kad_dht import DHTMode, KadDHT
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pubsub import Pubsub
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.tools.anyio_service import background_trio_service

import protobuf
from peers import TOPIC, Identified

TOPICS = TOPIC, TOPIC + "-file", TOPIC + "-browser-peer-discovery"
AGENT = "universal-connectivity/0.1.0"
PING_SECONDS, PING_TIMEOUT, CHAT_SECONDS = 1, 5, 5


def say(*parts):
    print(*parts, sep=",", flush=True)


def flat(data):
    """-> (from, message) of the workshop's flat protobuf; ValueError where it is not one."""
    try:
        fields = protobuf.decode(data)
    except IndexError:
        raise ValueError("it ends too early") from None
    kinds = {1: bytes, 2: bytes, 3: int, 4: int}
    if any(not isinstance(value, kinds.get(number, object)) for number, all in fields.items() for value in all):
        raise ValueError("a field has another type")
    return tuple(fields.get(number, [b""])[-1].decode() for number in (1, 2))


def address_of(endpoint):
    host, port = endpoint[:2]
    return f"/ip{6 if ':' in host else 4}/{host}/tcp/{port}"


class Checker(INotifee):
    def __init__(self, key):
        private = Ed25519PrivateKey.from_bytes(key)
        pair = KeyPair(private, private.get_public_key())
        identify_protocol.AGENT_VERSION = AGENT
        noise = NoiseTransport(pair, noise_privkey=create_noise_key_pair().private_key)
        self.host = new_host(key_pair=pair, sec_opt={NOISE: noise}, muxer_opt={TProtocol(YAMUX): Yamux})
        self.network = self.host.get_network()
        self.network.register_notifee(self)
        self.router = GossipSub(
            protocols=[TProtocol("/meshsub/" + version) for version in ("1.2.0", "1.1.0", "1.0.0")], degree=6,
            degree_low=1, degree_high=12, heartbeat_interval=10, spam_protection_enabled=False)
        # Messages are known by their content. (The original signs its own and takes others without a signature, which
        # py-libp2p cannot do both.)
        self.pubsub = Pubsub(
            self.host, self.router, strict_signing=True, msg_id_constructor=lambda message: message.data)
        self.dht = KadDHT(self.host, DHTMode.SERVER)
        self.flags = {name for name in os.environ if name.startswith("CLOSE_AFTER_") or name == "CHATTY"}
        self.closing = set()

    async def run(self, addresses):
        self._watch_arrivals()
        self._watch_subscriptions()
        async with self.host.run(listen_addrs=addresses), trio.open_nursery() as self.nursery:
            async with background_trio_service(self.pubsub), background_trio_service(self.router):
                await self.pubsub.wait_until_ready()
                for topic in TOPICS:
                    self.nursery.start_soon(self.receive, await self.pubsub.subscribe(topic), topic)
                if "CHATTY" in self.flags:
                    self.nursery.start_soon(self.chat)
                self.nursery.start_soon(self.bootstrap)
                with trio.open_signal_receiver(signal.SIGTERM) as signals:
                    async for _ in signals:
                        break
                for peer in list(self.network.connections):
                    await self.close(peer)
                say("nomorepeers")
                self.nursery.cancel_scope.cancel()

    async def bootstrap(self):
        """Looks for itself through the servers that are connected, until one of them has answered."""
        async with background_trio_service(self.dht):
            while True:
                await trio.sleep(1)
                for peer in list(self.network.connections):
                    await self.dht.add_peer(peer)
                if not self.dht.routing_table.get_peer_ids():
                    continue
                # It returns those that have answered, or were named by one that has.
                if await self.dht.peer_routing.find_closest_peers_network(self.host.get_id().to_bytes()):
                    say("kademlia", "bootstrap")
                    return

    # connections

    def _watch_arrivals(self):
        accept = self.network._handle_inbound_connection

        async def accept_and_tell(stream, address):
            say("incoming", address_of(stream.stream.socket.getsockname()), address_of(stream.get_remote_address()))
            await accept(stream, address)

        self.network._handle_inbound_connection = accept_and_tell

    async def connected(self, network, connection):
        peer = connection.muxed_conn.peer_id
        say("connected", peer, address_of(connection.muxed_conn.get_remote_address()))
        # py-libp2p waits for this function before it serves the connection.
        if "CLOSE_AFTER_CONNECTED" in self.flags:
            self.nursery.start_soon(self.close, peer)
        else:
            self.nursery.start_soon(self.identify, peer)
            self.nursery.start_soon(self.ping, peer)

    async def disconnected(self, network, connection):
        peer = connection.muxed_conn.peer_id
        if connection in self.closing:
            self.closing.discard(connection)
            say("closed", peer)
        else:
            say("error", f"the connection was ended by {peer}")

    async def close(self, peer, reason=None):
        if reason and reason not in self.flags:
            return
        for connection in self.network.get_connections(peer):
            if not connection.event_closed.is_set():
                self.closing.add(connection)
                await connection.close()

    async def opened_stream(self, network, stream):
        pass

    async def closed_stream(self, network, stream):
        pass

    async def listen(self, network, address):
        pass

    async def listen_close(self, network, address):
        pass

    # identify and ping

    async def identify(self, peer):
        try:
            stream = await self.host.new_stream(peer, [TProtocol("/ipfs/id/1.0.0")])
            data = b""
            with trio.fail_after(10):
                while more := await self.more(stream):
                    data += more
            say("identify", peer, Identified.from_stream(data).agent)
            await self.close(peer, "CLOSE_AFTER_IDENTIFY")
        except Exception as error:
            self.fail(peer, error)

    @staticmethod
    async def more(stream):
        try:
            return await stream.read(65536)
        except Exception as end:  # how the end of a stream is told differs between its versions
            if "EOF" in type(end).__name__ or "Closed" in type(end).__name__:
                return b""
            raise

    async def ping(self, peer):
        try:
            stream = await self.host.new_stream(peer, [TProtocol("/ipfs/ping/1.0.0")])
            while True:
                with trio.fail_after(PING_TIMEOUT):
                    say("ping", peer, f"{await perform_ping_roundtrip(stream)} ms")
                await self.close(peer, "CLOSE_AFTER_PING")
                await trio.sleep(PING_SECONDS)
        except Exception as error:
            self.fail(peer, error)

    def fail(self, peer, error):
        # What ends with the connection is told as its end.
        if any(not each.event_closed.is_set() for each in self.network.get_connections(peer)):
            say("error", f"{type(error).__name__}: {error}".replace("\n", " "))

    # the chat

    def _watch_subscriptions(self):
        handle = self.pubsub.handle_subscription

        def handle_and_tell(peer, change):
            handle(peer, change)
            say("subscribe" if change.subscribe else "unsubscribe", peer, change.topicid)

        self.pubsub.handle_subscription = handle_and_tell

    async def receive(self, subscription, topic):
        while True:
            message = await subscription.get()
            if message.from_id == self.host.get_id().to_bytes():
                continue
            try:
                author, text = flat(message.data)
            except ValueError:
                say("error", topic)
                continue
            say("msg", author, topic, text)
            try:
                author = ID.from_base58(author)
            except Exception:
                continue
            await self.close(author, "CLOSE_AFTER_GOSSIP_MSG")

    async def chat(self):
        me = str(self.host.get_id())
        for number in itertools.count(1):
            fields = (1, me), (2, f"Hello from {me}! ({number})"), (3, int(time.time()))
            await self.pubsub.publish(TOPIC, protobuf.encode(*fields))
            await trio.sleep(CHAT_SECONDS)


def main():
    with open(sys.argv[1], "rb") as file:
        # The protobuf of a private key: type Ed25519, then seed and public key.
        key = protobuf.decode(file.read())[2][0][:32]
    listen = [multiaddr.Multiaddr(each.strip()) for each in os.environ["LISTEN_ADDRS"].split(",") if each.strip()]
    trio.run(Checker(key).run, listen)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
    main()
