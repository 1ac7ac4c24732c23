"""Kademlia between uc-bot and real servers: each finds through the others what it was never told of."""
import hashlib
import re
import secrets
import subprocess
import tempfile
import time

from kubo import Kubo
from names import peer_id, split_peer, unbase58
from p2pd import P2PD
from peers import MESH_SECONDS, eventually
from processes import Process
from pylibp2p import PyLibp2p
from ucbot import PROGRAM, SCRIPTS, UCBot, environment

LOOPBACK = "--listen", "/ip4/127.0.0.1/tcp/0"


def multihash(name):
    return b"\x12\x20" + hashlib.sha256(name.encode()).digest()


def cid(name):
    """CIDv1 of raw content, as go-libp2p makes it of the name of a meeting place."""
    return b"\x01\x55" + multihash(name)


def ask(*arguments, bootstrap=None, identity=None, status=0):
    """What `uc-bot dht …` prints, by lines."""
    with tempfile.TemporaryDirectory(prefix="uc-bot-") as home:
        command = [str(PROGRAM), "dht", *arguments, *LOOPBACK, "--timeout", "20"]
        command += ["--bootstrap", bootstrap] if bootstrap else []
        command += ["--identity", str(identity)] if identity else []
        ended = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=40)
        said = ended.stdout + ended.stderr
        assert ended.returncode == status, f"status {ended.returncode}, not {status}: {said}"
        return ended.stdout.splitlines()


class Server(Process):
    """`uc-bot dht …` that stays: one that answers, or one that has announced something."""

    def __init__(self, *arguments, bootstrap=None):
        self.folder = tempfile.TemporaryDirectory(prefix="uc-bot-")
        command = [PROGRAM, "dht", *arguments, *LOOPBACK] + (["--bootstrap", bootstrap] if bootstrap else [])
        super().__init__("uc-bot dht", command, cwd=self.folder.name, env=environment(self.folder.name))

    def stop(self):
        super().stop()
        self.folder.cleanup()


def serve(stage):
    server = stage.add(Server("serve"))
    server.address = server.wait_line(r"listening on (\S+)", 10)[1]
    server.id = split_peer(server.address)[1]
    return server


def random_key():
    """A public key that nobody has the secret of: (peer id, protobuf)."""
    public = b"\x08\x01\x12\x20" + secrets.token_bytes(32)
    return peer_id(public), public


class Go:
    """Two p2pd that answer; uc-bot is told of the first alone."""

    def __init__(self, stage):
        self.first, self.second = stage.add(P2PD(dht=True)), stage.add(P2PD(dht=True))
        self.second.connect(self.first.address)
        # Go takes a peer into its table after it has asked it something.
        eventually(
            lambda: [each[0] for each in self.try_find(self.first, self.second.id)], lambda found: found,
            lambda _: "p2pd does not find p2pd")

    @staticmethod
    def try_find(node, peer):
        try:
            return [node.find_peer(peer)]
        except AssertionError:
            return []

    def we_find(self):
        lines = ask("find-peer", self.second.id, bootstrap=self.first.address)
        assert self.second.address in lines, lines
        return lines[0]

    def they_find(self):
        provider = Server("provide", "--hash", "x", bootstrap=self.first.address)
        try:
            ours = provider.wait_line(r"(\S+) announced to", 20)[1]
            found, addresses = self.second.find_peer(ours)
            assert found == ours and any("/ip4/127.0.0.1/tcp/" in each for each in addresses), addresses
        finally:
            provider.stop()

    def we_store_they_fetch(self):
        with tempfile.TemporaryDirectory() as folder:
            [line] = ask("put", "--public-key", bootstrap=self.first.address, identity=folder + "/key")
            ours = re.match(r"/pk/(\S+) stored at ([12])", line)[1]
            value = self.second.get_value(b"/pk/" + unbase58(ours))
            assert peer_id(value) == ours, value
        return line

    def they_store_we_fetch(self):
        peer, public = random_key()
        self.second.put_value(b"/pk/" + unbase58(peer), public)
        assert ask("get", "/pk/" + peer, bootstrap=self.first.address) == [public.hex()]

    def unknown_namespace(self):
        # Nobody of the Go world knows what values of /uc are worth.
        ask("put", "name", "text", bootstrap=self.first.address, status=1)

    def we_provide_they_find(self):
        name = secrets.token_hex(8)
        provider = Server("provide", "--hash", name, bootstrap=self.first.address)
        try:
            said = provider.wait_line(r"(\S+) announced to ([12]) peer", 20)
            found = self.second.find_providers(cid(name))
            assert [each for each, _ in found] == [said[1]], found
            assert any("/ip4/127.0.0.1/tcp/" in each for each in found[0][1]), found
        finally:
            provider.stop()

    def they_provide_we_find(self):
        name = secrets.token_hex(8)
        self.second.provide(cid(name))
        lines = ask("find-providers", "--hash", name, bootstrap=self.first.address)
        assert self.second.address in lines, lines
        ask("find-providers", "--hash", "nobody has " + name, bootstrap=self.first.address, status=1)


class Through:
    """Two p2pd that know uc-bot alone, which answers them."""

    def __init__(self, stage):
        self.server = serve(stage)
        self.one, self.other = stage.add(P2PD(dht=True)), stage.add(P2PD(dht=True))
        for each in self.one, self.other:
            each.connect(self.server.address)
            # Go takes a peer into its table after it has asked it something.
            eventually(
                lambda: self.has_table(each), lambda is_there: is_there,
                lambda _: "p2pd does not take uc-bot into its table", 15)

    @staticmethod
    def has_table(node):
        try:
            node.provide(cid("anything"))
            return True
        except AssertionError:
            return False

    def peers(self):
        found, addresses = self.one.find_peer(self.other.id)
        assert split_peer(self.other.address)[0] in addresses, addresses

    def providers(self):
        name = secrets.token_hex(8)
        self.one.provide(cid(name))
        found = self.other.find_providers(cid(name))
        assert self.one.id in [each for each, _ in found], found

    def values(self):
        peer, public = random_key()
        self.one.put_value(b"/pk/" + unbase58(peer), public)
        # uc-bot has it, too.
        assert ask("get", "/pk/" + peer, bootstrap=self.server.address) == [public.hex()]
        assert self.other.get_value(b"/pk/" + unbase58(peer)) == public


class Py:
    """py-libp2p and a second one as servers, and uc-bot as one."""

    def __init__(self, stage):
        self.first, self.second = stage.add(PyLibp2p(dht=True)), stage.add(PyLibp2p(dht=True))
        self.server = serve(stage)
        self.second.connect(self.first.address)
        time.sleep(1)

    def we_find(self):
        lines = ask("find-peer", self.second.id, bootstrap=self.first.address)
        assert self.second.address in lines, lines

    def they_find(self):
        self.second.connect(self.server.address)
        third = Server("provide", "x", bootstrap=self.server.address)
        try:
            ours = third.wait_line(r"(\S+) announced to", 20)[1]
            addresses = self.second.find_peer(ours)
            assert any("/ip4/127.0.0.1/tcp/" in each for each in addresses), addresses
        finally:
            third.stop()

    def we_provide_they_find(self):
        name = secrets.token_hex(8)
        provider = Server("provide", "--hash", name, bootstrap=self.first.address)
        try:
            ours = provider.wait_line(r"(\S+) announced to", 20)[1]
            found = self.second.find_providers(multihash(name).hex())
            assert ours in [each for each, _ in found], found
        finally:
            provider.stop()

    def they_provide_we_find(self):
        name = secrets.token_hex(8)
        assert self.second.provide(multihash(name).hex()), "py-libp2p could not announce it"
        lines = ask("find-providers", "--hash", name, bootstrap=self.first.address)
        assert any(self.second.id in line for line in lines), lines

    def values(self):
        with tempfile.TemporaryDirectory() as folder:
            [line] = ask("put", "greeting", "hello", bootstrap=self.first.address, identity=folder + "/key")
            key = line.split()[0]
            assert ask("get", key, bootstrap=self.first.address) == ["hello"]
            # The envelope is not for py-libp2p to read, but to keep and to hand on.
            assert b"hello" in self.second.get_value(key)


class Ipfs:
    """Kubo as a server, and a second one that is connected to it."""

    def __init__(self, stage):
        self.first, self.second = stage.add(Kubo(dht=True)), stage.add(Kubo(dht=True, ed25519=True))
        self.second.connect(self.first.address)
        time.sleep(2)

    def answers(self):
        # It hides addresses of loopback from the public network's table, but answers.
        with tempfile.TemporaryDirectory() as folder:
            [line] = ask("put", "--public-key", bootstrap=self.first.address, identity=folder + "/key")
            key = line.split()[0]
            [value] = ask("get", key, bootstrap=self.first.address)
            assert peer_id(bytes.fromhex(value)) == key.removeprefix("/pk/")

    def we_find(self):
        lines = ask("find-peer", self.second.id, bootstrap=self.first.address)
        assert any(self.second.id in line for line in lines), lines
        return lines[0]

    def providers(self):
        name = secrets.token_hex(8)
        provider = Server("provide", "--hash", name, bootstrap=self.first.address)
        try:
            ours = provider.wait_line(r"(\S+) announced to", 20)[1]
            lines = ask("find-providers", "--hash", name, bootstrap=self.first.address)
            assert any(ours in line for line in lines), lines
        finally:
            provider.stop()


class Rendezvous:
    """p2pd that answers; two bots that know it alone."""

    def __init__(self, stage):
        self.stage, self.server = stage, stage.add(P2PD(dht=True))
        self.one = stage.add(UCBot("--bootstrap", self.server.address, scripts=(SCRIPTS / "dht.lua",)))
        self.one.wait_line("Kademlia bootstrap completed successfully", 15)
        eventually(
            lambda: [peer for peer, _ in self.server.find_providers(cid("universal-connectivity"))],
            lambda found: self.one.id in found, lambda found: f"uc-bot is not among {found}", 15)

    def meet(self):
        self.other = self.stage.add(UCBot("--bootstrap", self.server.address))
        self.other.wait_connected(self.one.id, 20)
        self.one.wait_line(rf"Peer {self.other.id} subscribed", 10)

    def go_is_found(self):
        # As go-peer does it: it announces the room's name, and is dialled.
        go = self.stage.add(P2PD(dht=True))
        go.connect(self.server.address)
        eventually(lambda: Through.has_table(go), lambda is_there: is_there, lambda _: "p2pd has nobody in its table", 15)
        go.provide(cid("universal-connectivity"))
        self.one.wait_connected(go.id, 60)

    def script(self):
        time.sleep(MESH_SECONDS)
        key = "k" + secrets.token_hex(4)
        for text, answer in (
            (f"!provide {key}", "announced: yes"), (f"!who {key}", "found: nobody"),
            (f"!where {self.other.id}", rf"it is at /ip4/127\.0\.0\.1/tcp/\d+/p2p/{self.other.id}")):
            after = self.server.mark()
            self.server.publish(text)
            self.server.expect(self.one.id, lambda said: re.search(answer, said), 20, after)


def run(runner):
    runner.scenario("DHT: p2pd answers", Go, [
        ("uc-bot finds a peer that it was never told of", Go.we_find, 60),
        ("p2pd finds a uc-bot that only asks", Go.they_find, 60),
        ("uc-bot stores a key, p2pd fetches it", Go.we_store_they_fetch, 60),
        ("p2pd stores a key, uc-bot fetches it", Go.they_store_we_fetch, 60),
        ("uc-bot announces, p2pd finds", Go.we_provide_they_find, 60),
        ("p2pd announces, uc-bot finds, and nobody where there is nobody", Go.they_provide_we_find, 60),
        ("a namespace that Go does not know is refused, and said so", Go.unknown_namespace, 60),
    ])
    runner.scenario("DHT: uc-bot answers two p2pd", Through, [
        ("they find each other", Through.peers), ("they find what the other announces", Through.providers),
        ("they find what the other stores", Through.values, 60)])
    runner.scenario("DHT: py-libp2p answers", Py, [
        ("uc-bot finds a peer that it was never told of", Py.we_find, 60),
        ("py-libp2p finds a uc-bot through a uc-bot", Py.they_find, 60),
        ("uc-bot announces, py-libp2p finds", Py.we_provide_they_find, 60),
        ("py-libp2p announces, uc-bot finds", Py.they_provide_we_find, 60),
        ("uc-bot stores a signed value, both fetch it", Py.values, 90)])
    runner.scenario("DHT: Kubo answers", Ipfs, [
        ("uc-bot stores a key and fetches it", Ipfs.answers, 60),
        ("uc-bot finds a peer that it was never told of", Ipfs.we_find, 60),
        ("what one uc-bot announces another finds", Ipfs.providers, 60)])
    runner.scenario("DHT: meeting through p2pd", Rendezvous, [
        ("two bots that know p2pd alone meet", Rendezvous.meet, 40),
        ("a script asks the table", Rendezvous.script, 90),
        ("a Go program that announces the room is found", Rendezvous.go_is_found, 90)])
