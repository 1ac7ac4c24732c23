"""uc-bot with each foreign peer, in both directions: connect, identify, ping, signed chat, and the bot's answer."""
import secrets
import time

from kubo import Kubo
from names import base58, split_peer
from p2pd import P2PD
from peers import MESH_SECONDS, NotRun, check_signature, eventually, free_port
from pylibp2p import PyLibp2p
from ucbot import ECHO, SCRIPTS, UCBot

# What every peer must find in uc-bot's identify message.
PROTOCOLS = {
    "/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0", "/meshsub/1.0.0", "/meshsub/1.1.0", "/meshsub/1.2.0"}
TLS_FIRST = {"TLS": 50, "Noise": 100}


class Meeting:
    """A foreign peer and uc-bot, connected."""

    def __init__(self, stage, make, peer_dials, address=lambda peer: peer.address, scripts=(ECHO,), both_dial=False):
        self.peer = stage.add(make())
        arguments = [] if peer_dials else ["--connect", address(self.peer)]
        self.bot = stage.add(UCBot(*arguments, scripts=scripts))
        if peer_dials or both_dial:
            self.peer.connect(self.bot.address)
        self.via = self.bot.wait_connected(self.peer.id)[1]
        self.mesh_at = time.monotonic() + MESH_SECONDS

    def when_mesh_is_full(self):
        time.sleep(max(0, self.mesh_at - time.monotonic()))

    def connected(self):
        # Who dials is ready first: its last handshake message may still be on its way.
        eventually(
            self.peer.connected, lambda peers: self.bot.id in peers, lambda _: f"{self.peer.name} does not list uc-bot")
        self.bot.wait_line(rf"Peer {self.peer.id} subscribed to '?universal-connectivity")
        return "via " + self.via

    def bot_identifies(self):
        line = self.bot.wait_line(rf"Received identify from {self.peer.id}: (.*)", 10)[1]
        assert self.peer.agent in line, f"no agent {self.peer.agent}… in: {line}"
        return line

    def peer_identifies(self):
        seen = self.peer.identify(self.bot.id)
        assert seen.peer == self.bot.id, f"the key in our identify is that of {seen.peer}"
        transport, _ = split_peer(self.bot.address)
        assert transport in seen.listen, f"our listen address {transport} is not among {seen.listen}"
        if seen.agent is None:
            return f"{self.peer.name} shows {seen.listen}"
        assert seen.agent, "our agent is empty"
        assert PROTOCOLS <= set(seen.protocols), f"missing: {PROTOCOLS - set(seen.protocols)}"
        assert "/ip4/127.0.0.1/tcp/" in seen.observed, f"observed address {seen.observed!r}"
        return seen.agent

    def peer_shows_agent(self):
        if self.peer.identify(self.bot.id).agent is None:
            raise NotRun(f"{self.peer.name} gives out neither the agent nor the protocols that identify taught it")

    def bot_pings(self):
        # The second one must come by itself.
        trips = self.bot.wait_lines(rf"Received a ping from {self.peer.id}, round trip time: ([\d.]+) ?ms", 2, 35)
        return " and ".join(trip[1] for trip in trips) + " ms"

    def peer_pings(self):
        trips = self.peer.ping(self.bot.id, 5)
        assert len(trips) == 5, f"{len(trips)} of 5 came back"
        return f"{1000 * min(trips):.2f} ms"

    def peer_speaks(self):
        self.when_mesh_is_full()
        text = f"grüße from {self.peer.name} {secrets.token_hex(4)}"
        self.peer.publish(text)
        self.bot.wait_chat(self.peer.id, text)

    def bot_speaks(self):
        self.when_mesh_is_full()
        text = "signed " + secrets.token_hex(4)
        self.peer.publish("!echo " + text)
        message = self.peer.expect(self.bot.id, lambda heard: text in heard)
        if not message.signature:
            return f"{self.peer.name} shows no signature, but delivers nothing unsigned"
        return check_signature(message)

    def echo_twice(self):
        self.when_mesh_is_full()
        answers = []
        for _ in range(2):
            after = self.peer.mark()
            self.peer.publish("!echo hello")
            answers.append(self.peer.expect(self.bot.id, lambda heard: heard.startswith("echo: hello"), 10, after).text)
        assert answers[0] == "echo: hello", f"the first answer was {answers[0]!r}"
        assert answers[0] != answers[1], "the same text twice: peers that know messages by content drop the second"
        return " and ".join(map(repr, answers))

    def chat(self):
        self.peer_speaks()
        return self.bot_speaks()


CHAT = [("connected", Meeting.connected), ("signed chat both ways", Meeting.chat)]
EVERYTHING = [
    ("connected", Meeting.connected),
    ("uc-bot identifies {peer}", Meeting.bot_identifies),
    ("{peer} identifies uc-bot", Meeting.peer_identifies),
    ("uc-bot pings {peer}", Meeting.bot_pings, 40),
    ("{peer} pings uc-bot", Meeting.peer_pings),
    ("{peer} speaks, uc-bot prints it", Meeting.peer_speaks),
    ("uc-bot speaks signed, {peer} hears it", Meeting.bot_speaks),
    ("!echo hello is answered, a second one too", Meeting.echo_twice),
]
AGENT = ("{peer} shows uc-bot's agent and protocols", Meeting.peer_shows_agent)


def meet(runner, title, make, peer_dials, cases, **options):
    runner.scenario(title, lambda stage: Meeting(stage, make, peer_dials, **options), cases)


def named(cases, peer):
    return [(case[0].format(peer=peer), *case[1:]) for case in cases]


def p2pd_identity():
    """A private key for p2pd's -id, so that it comes back as itself."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = secrets.token_bytes(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return b"\x08\x01\x12\x40" + seed + public


class Restart:
    """uc-bot's only peer dies, and comes back on the same port after so many seconds."""

    def __init__(self, stage, outage):
        self.outage = outage
        self.stage, self.identity, self.port = stage, p2pd_identity(), free_port()
        self.peer = stage.add(P2PD(port=self.port, identity=self.identity))
        self.bot = stage.add(UCBot("--connect", self.peer.address))
        self.bot.wait_connected(self.peer.id)
        time.sleep(MESH_SECONDS)

    def before(self):
        self.peer.publish("!echo before")
        self.peer.expect(self.bot.id, lambda heard: heard.startswith("echo: before"))

    def redials(self):
        after = self.bot.mark()
        self.peer.process.kill()
        time.sleep(self.outage)
        returned = time.monotonic()
        self.peer = self.stage.add(P2PD(port=self.port, identity=self.identity))
        self.bot.wait_connected(self.peer.id, 45, after)
        late = time.monotonic() - returned
        refused = self.bot.matches(r"Failed to connect to \S+: .+; trying again in ([\d.]+) ?s")
        waits = [float(match[1]) for match in refused]
        assert self.outage < 5 or len(waits) >= 2, f"after {self.outage} s, only {len(waits)} dials: {waits}"
        return f"back {late:.1f} s after its return, waits {waits}"

    def again(self):
        time.sleep(MESH_SECONDS)
        self.peer.publish("!echo again")
        self.peer.expect(self.bot.id, lambda heard: heard.startswith("echo: again"))


class Stranger:
    """uc-bot is told that a p2pd is somebody else."""

    def __init__(self, stage):
        self.peer = stage.add(P2PD())
        self.claimed = base58(b"\x00\x24\x08\x01\x12\x20" + secrets.token_bytes(32))
        transport, _ = split_peer(self.peer.address)
        self.bot = stage.add(UCBot("--connect", f"{transport}/p2p/{self.claimed}"))

    def refused(self):
        line = self.bot.wait_line(r"Failed to connect to \S+: (.+); trying again in [\d.]+ ?s", 15)
        assert self.peer.id in line[1] or self.claimed in line[1], f"the line names no peer id: {line[1]}"
        assert not self.bot.matches(rf"Connected to: {self.peer.id}"), "it connected to the wrong peer"
        assert self.bot.id not in self.peer.connected(), "p2pd lists uc-bot as connected"
        return line[1]


class Between:
    """Three foreign peers that know nobody but uc-bot: what one says reaches the others through it."""

    def __init__(self, stage):
        self.peers = [stage.add(make()) for make in (P2PD, Kubo, PyLibp2p)]
        self.bot = stage.add(UCBot("--connect", self.peers[0].address, "--connect", self.peers[1].address))
        self.peers[2].connect(self.bot.address)
        for peer in self.peers:
            self.bot.wait_connected(peer.id)
        time.sleep(MESH_SECONDS)

    def forwards(self, size):
        for speaker in self.peers:
            text = f"from {speaker.name} to all {secrets.token_hex(8)} ".ljust(size, "x")
            speaker.publish(text)
            for hearer in self.peers:
                if hearer is not speaker:
                    message = hearer.expect(speaker.id, lambda heard: heard == text)
                    if message.signature:
                        check_signature(message)

    def short(self):
        self.forwards(0)

    def long(self):
        self.forwards(20_000)

    def lasting(self):
        """Longer than anybody's keep-alive or idle time."""
        after = self.bot.mark()
        time.sleep(40)
        lost = self.bot.matches("^Connection to .* closed|Ping failed", after)
        assert not lost, lost[0].string
        self.forwards(0)


class Speaker(Meeting):
    def unasked(self):
        message = self.peer.expect(self.bot.id, lambda heard: heard.startswith("speaker says"), 15)
        return repr(message.text)


def python_on(version):
    class Dialect(Meeting):
        def speaks(self):
            return eventually(
                lambda: self.peer.gossip_protocol(self.bot.id), lambda spoken: spoken == f"/meshsub/{version}.0",
                lambda spoken: f"py sends to uc-bot on {spoken!r}")

    return Dialect, [CHAT[0], (f"py sends on /meshsub/{version}.0", Dialect.speaks), CHAT[1]]


def run(runner):
    for name, make in (("p2pd", P2PD), ("kubo", Kubo), ("py", PyLibp2p)):
        cases = named(EVERYTHING + ([AGENT] if name == "kubo" else []), name)
        meet(runner, f"{name} dials uc-bot", make, True, cases)
        meet(runner, f"uc-bot dials {name}", make, False, cases)
        runner.scenario(
            f"uc-bot dials {name}, unasked",
            lambda stage: Speaker(stage, make, False, scripts=(SCRIPTS / "speaker.lua",)),
            [(f"{name} hears what a bot says by itself", Speaker.unasked)])

        meet(runner, f"{name} and uc-bot dial each other at once", make, False, CHAT, both_dial=True)

    for version in ("1.0", "1.1", "1.2"):
        scene, cases = python_on(version)
        for peer_dials in (True, False):
            title = f"py on meshsub {version} dials uc-bot" if peer_dials else f"uc-bot dials py on meshsub {version}"
            runner.scenario(
                title, lambda stage: scene(stage, lambda: PyLibp2p(meshsub=version), peer_dials), cases)
    meet(runner, "py with its library's own upgrades dials uc-bot", lambda: PyLibp2p(default_upgrades=True), True, CHAT)

    meet(runner, "kubo with an Ed25519 identity dials uc-bot", lambda: Kubo(ed25519=True), True, CHAT)
    meet(runner, "uc-bot dials kubo with an Ed25519 identity", lambda: Kubo(ed25519=True), False, CHAT)
    meet(runner, "kubo that proposes TLS first dials uc-bot", lambda: Kubo(security=TLS_FIRST), True, CHAT)
    meet(runner, "uc-bot dials kubo that prefers TLS", lambda: Kubo(security=TLS_FIRST), False, CHAT)
    meet(runner, "p2pd with TLS too dials uc-bot", lambda: P2PD(tls=True), True, CHAT)
    meet(runner, "uc-bot dials p2pd with TLS too", lambda: P2PD(tls=True), False, CHAT)

    meet(
        runner, "uc-bot dials p2pd by an address without /p2p", P2PD, False, CHAT,
        address=lambda peer: split_peer(peer.address)[0])
    runner.scenario("uc-bot between p2pd, kubo and py", Between, [
        ("a message of each reaches the others", Between.short), ("so does one of 20000 bytes", Between.long),
        ("and all of it after 40 quiet seconds", Between.lasting, 80)])
    for outage in (0.5, 5, 60):
        runner.scenario(
            f"the only peer dies, and comes back after {outage} s", lambda stage: Restart(stage, outage), [
                ("answered before", Restart.before), ("uc-bot redials by itself", Restart.redials, outage + 60),
                ("answered again", Restart.again)])
    runner.scenario("a peer that is not who it should be", Stranger, [("refused, with a clear line", Stranger.refused)])
