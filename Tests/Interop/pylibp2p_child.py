"""Runs inside the child process: a py-libp2p host in the room, commands by JSON lines (see pylibp2p.py)."""
import base64
import dataclasses
import logging
import secrets
import sys

import multiaddr
import trio
from libp2p import new_host
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.custom_types import TProtocol
from libp2p.host.ping import PingService
from libp2p.kad_dht.kad_dht import DHTMode, KadDHT
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pubsub import Pubsub
from libp2p.records.validator import BlankValidator
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.tools.anyio_service import background_trio_service

import file_dialects
from json_lines import commands, say

MESHSUB = {"1.0": ["1.0.0"], "1.1": ["1.1.0", "1.0.0"], "1.2": ["1.2.0", "1.1.0", "1.0.0"]}


class Node:
    def __init__(self, meshsub, default_upgrades, topic, strict_signing, dht):
        identity, upgrades = create_new_key_pair(secrets.token_bytes(32)), {}
        if not default_upgrades:
            noise = NoiseTransport(identity, noise_privkey=create_noise_key_pair().private_key)
            upgrades = {"sec_opt": {NOISE: noise}, "muxer_opt": {TProtocol(YAMUX): Yamux}}
        self.host = new_host(key_pair=identity, **upgrades)
        # The library's heartbeat is two minutes and its spam protection holds its own messages back.
        self.router = GossipSub(
            protocols=[TProtocol("/meshsub/" + version) for version in MESHSUB[meshsub]], degree=6, degree_low=4,
            degree_high=12, heartbeat_interval=1, spam_protection_enabled=False)
        self.pubsub = Pubsub(self.host, self.router, strict_signing=strict_signing)
        self.topic = topic
        self.dht = None
        if dht:
            self.dht = KadDHT(self.host, DHTMode.SERVER)
            # What values of uc-bot's own namespace are worth is for uc-bot to say.
            self.dht.register_validator("uc", BlankValidator())

    async def run(self, number):
        loopback = multiaddr.Multiaddr("/ip4/127.0.0.1/tcp/0")
        async with self.host.run(listen_addrs=[loopback]), trio.open_nursery() as nursery:
            async with background_trio_service(self.pubsub), background_trio_service(self.router):
                await self.pubsub.wait_until_ready()
                self.nursery = nursery
                if self.dht:
                    await nursery.start(self.run_dht)
                await self.join(self.topic)
                identity = self.host.get_id().to_string()
                address = str(self.host.get_addrs()[0])
                say(id=number, ok={"id": identity, "address": address.split("/p2p/")[0] + "/p2p/" + identity})
                async for command in incoming():
                    nursery.start_soon(self.obey, command)
                nursery.cancel_scope.cancel()

    async def run_dht(self, task_status):
        async with background_trio_service(self.dht):
            task_status.started()
            await trio.sleep_forever()

    async def join(self, topic):
        self.nursery.start_soon(self.receive, await self.pubsub.subscribe(topic))

    async def receive(self, subscription):
        encoded = lambda data: base64.b64encode(data).decode()
        while True:
            message = await subscription.get()
            say(event="message", **{
                "from": ID(message.from_id).to_string(), "topic": message.topicIDs[0], "data": encoded(message.data),
                "seqno": encoded(message.seqno), "signature": encoded(message.signature), "key": encoded(message.key)})

    async def obey(self, command):
        number, do = command.pop("id"), command.pop("do")
        try:
            say(id=number, ok=await getattr(self, do)(**command))
        except Exception as error:
            say(id=number, error=f"{type(error).__name__}: {error}")

    async def connect(self, address):
        await self.host.connect(info_from_p2p_addr(multiaddr.Multiaddr(address)))

    async def peers(self):
        return [peer.to_string() for peer in self.host.get_network().connections]

    async def publish(self, text="", data=None, topic=None):
        await self.pubsub.publish(topic or self.topic, text.encode() if data is None else base64.b64decode(data))

    async def exchange(self, peer, protocol, data, size):
        """Sends bytes on a new stream, leaves our side open, and returns what comes back: `size` bytes at the least."""
        stream = await self.host.new_stream(ID.from_base58(peer), [TProtocol(protocol)])
        await stream.write(base64.b64decode(data))
        answer = b""
        with trio.fail_after(10):
            while len(answer) < size:
                answer += await stream.read(65536)
        await stream.reset()
        return base64.b64encode(answer).decode()

    async def serve(self, protocol, data):
        """Answers the first bytes of each stream of a protocol with the same bytes, and tells what they were."""

        async def answer(stream):
            request = await stream.read(65536)
            await stream.write(base64.b64decode(data))
            say(event="asked", data=base64.b64encode(request).decode())

        self.host.set_stream_handler(TProtocol(protocol), answer)

    async def fetch_file(self, peer, identifier, dialect):
        """Asks a peer for a file, in the manner of an application."""
        stream = await self.host.new_stream(ID.from_base58(peer), [TProtocol(file_dialects.PROTOCOL)])
        length, data, ending = await file_dialects.fetch(
            stream, base64.b64decode(identifier), file_dialects.DIALECTS[dialect])
        return {"length": length, "data": base64.b64encode(data).decode(), "ending": ending}

    async def serve_files(self, files, dialect, announced=None, **changes):
        """Serves files by their ids, in the manner of an application, with `changes` to it."""
        files = {base64.b64decode(name): base64.b64decode(data) for name, data in files.items()}
        manner = dataclasses.replace(file_dialects.DIALECTS[dialect], **changes)
        asked = lambda identifier: say(event="asked", data=base64.b64encode(identifier).decode())
        self.host.set_stream_handler(
            TProtocol(file_dialects.PROTOCOL),
            lambda stream: file_dialects.serve(stream, files, manner, announced, asked))

    async def public_key(self):
        return base64.b64encode(self.host.get_public_key().serialize()).decode()

    async def find_peer(self, peer):
        found = await self.dht.find_peer(ID.from_base58(peer))
        return [str(each) for each in found.addrs] if found else []

    async def provide(self, key):
        return await self.dht.provide(key)

    async def find_providers(self, key):
        found = await self.dht.find_providers(key)
        return [(each.peer_id.to_string(), [str(address) for address in each.addrs]) for each in found]

    async def put_value(self, key, value):
        await self.dht.put_value(key, base64.b64decode(value))

    async def get_value(self, key):
        return base64.b64encode(await self.dht.get_value(key) or b"").decode()

    async def identify(self, peer):
        stream = await self.host.new_stream(ID.from_base58(peer), [TProtocol("/ipfs/id/1.0.0")])
        data = b""
        with trio.fail_after(10):
            while True:
                try:
                    more = await stream.read(65536)
                except Exception as end:  # how the end of a stream is told differs between its versions
                    if "EOF" in type(end).__name__ or "Closed" in type(end).__name__:
                        break
                    raise
                if not more:
                    break
                data += more
        await stream.close()
        return base64.b64encode(data).decode()

    async def ping(self, peer, count):
        return await PingService(self.host).ping(ID.from_base58(peer), count)

    async def gossip_protocol(self, peer):
        return str(self.router.peer_protocol.get(ID.from_base58(peer), ""))


async def incoming():
    """The commands, read in a thread so that the loop is never held up."""
    lines = commands()
    while (command := await trio.to_thread.run_sync(next, lines, None, abandon_on_cancel=True)) is not None:
        yield command


async def main():
    async for command in incoming():
        number = command.pop("id")
        del command["do"]
        await Node(**command).run(number)
        return


logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
trio.run(main)
