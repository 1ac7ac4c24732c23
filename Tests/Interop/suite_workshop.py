"""The lessons of the universal-connectivity workshop, over TCP: `uc-bot --workshop` against a checker of our own making
(workshop_checker.py), whose output is read as the lessons' check.py read it (wire.md §11.2), and our standard output, line
by line, as the lessons print it (§11.3)."""
import re
import sys
import tempfile
from pathlib import Path

from names import ALPHABET
from peers import TOPIC, eventually, free_port
from processes import Process
from raw_peer import Identity
from ucbot import SCRIPTS, UCBot

PEER = r"(12D3KooW[A-Za-z0-9]+)"
ADDRESS = r"([/\w\.:-]+)"
INCOMING = f"incoming,{ADDRESS},{ADDRESS}"
CONNECTED = f"connected,{PEER},{ADDRESS}"
PING = rf"ping,{PEER},(\d+\s*ms)"
IDENTIFY = f"identify,{PEER},{ADDRESS}"
SUBSCRIBE = f"subscribe,{PEER},universal-connectivity"
MESSAGE = f"msg,{PEER},universal-connectivity,(.+)"
CLOSED = f"closed,{PEER}"
# Lesson 3 reads addresses without the hyphen.
STRICT = r"([/\w\.:]+)"
ARRIVAL = [f"incoming,{STRICT},{STRICT}", f"connected,{PEER},{STRICT}"]

# What is written on standard output, whole lines.
ID = r"12D3KooW\w+"
LINES = [
    r"Starting Universal Connectivity Application\.\.\.", rf"Local peer id: {ID}", rf"Connected to: {ID} via /\S+",
    rf"Connection to {ID} closed (gracefully|with error: .+)", rf"Failed to connect to ({ID}|/\S+): .+",
    rf"Received a ping from {ID}, round trip time: \d+ ms", rf"Ping failed to {ID}: .+",
    rf"Identified peer: {ID} with protocol version: .*", r"Peer agent: .*", r"Peer supports \d+ protocols",
    rf"Sent identify info to: {ID}", rf"Identify error with {ID}: .+", r"Subscribed to topic: \S+",
    rf"Peer {ID} (un)?subscribed (to|from) '\S+'", rf"Published test message to '{TOPIC}' topic",
    r"Failed to publish message: .+", rf"Received message on topic '\S+': .* from {ID} \(type: \d\)",
    r"Received invalid message on topic '\S+'", rf"Adding bootstrap peer: {ID} with multiaddr: /\S+",
    r"Kademlia bootstrap completed successfully", r"Kademlia bootstrap timed out",
    r"Found \d+ closest peers", rf'Closest peer: PeerInfo {{ peer_id: PeerId\("{ID}"\), addrs: \[/\S+(, /\S+)*\] }}',
    rf"New peer added to routing table: {ID} with \d+ addresses", rf"Peer {ID} replaced {ID} in routing table"]


def key_file(folder):
    """-> (path of a new private key as libp2p keeps it, the peer id)."""
    from cryptography.hazmat.primitives import serialization as form

    identity = Identity()
    seed = identity.private.private_bytes(form.Encoding.Raw, form.PrivateFormat.Raw, form.NoEncryption())
    path = Path(folder) / (identity.id + ".key")
    path.write_bytes(b"\x08\x01\x12\x40" + seed + identity.public[4:])
    return path, identity.id


class Checker(Process):
    def __init__(self, *flags, name="checker"):
        self.folder = tempfile.TemporaryDirectory(prefix="uc-checker-")
        key, self.id = key_file(self.folder.name)
        # No /p2p: the lessons dial by address alone.
        self.address = f"/ip4/127.0.0.1/tcp/{free_port()}"
        program = Path(__file__).with_name("workshop_checker.py")
        super().__init__(
            name, [sys.executable, program, key],
            env={"LISTEN_ADDRS": self.address, "PYTHONDONTWRITEBYTECODE": "1", **dict.fromkeys(flags, "TRUE")})

    @property
    def log(self):
        """What check.py finds in checker.log."""
        return self.text("stdout")

    def stop(self):
        super().stop()
        self.folder.cleanup()


def check_peer(text):
    assert text.startswith("12D3KooW") and 45 <= len(text) <= 60, f"{text} is no id of an Ed25519 peer"
    assert not set(text) - set(ALPHABET), f"{text} is not base58"


def check_address(text):
    assert text.startswith(("/ip4/", "/ip6/")) and ("/tcp" in text or "/quic-v1" in text), f"{text} is no address"


class Lesson:
    """A checker, or two of them, and uc-bot in the lesson's place, dialling by address alone, as the lessons do it."""

    def __init__(self, stage, *flags, checkers=1, arguments=("--workshop",), scripts=()):
        self.checkers = [stage.add(Checker(*flags, name=f"checker-{number + 1:02}")) for number in range(checkers)]
        self.checker = self.checkers[0]
        remotes = ",".join(checker.address for checker in self.checkers)
        bootstrap = ",".join(f"{checker.address}/p2p/{checker.id}" for checker in self.checkers[1:] and self.checkers)
        self.bot = stage.add(UCBot(
            *arguments, scripts=scripts, variables={"REMOTE_PEERS": remotes, "BOOTSTRAP_PEERS": bootstrap}))

    def find(self, *patterns, timeout=25):
        """What the lesson's regular expressions find in the checker's output, as soon as all of them do."""
        missing = lambda: [pattern for pattern in patterns if not re.search(pattern, self.checker.log)]
        eventually(missing, lambda left: not left, lambda left: f"nothing matches {left[0]}", timeout)
        found = [re.search(pattern, self.checker.log) for pattern in patterns]
        for match in found:
            for group in match.groups():
                if group.startswith("/"):
                    check_address(group)
                if group.startswith("12D3KooW"):
                    check_peer(group)
                    assert group == self.bot.id, f"{match[0]}: that is not the peer of the lesson"
        return found

    # what each lesson checks

    def first(self):
        output = self.bot.text("stdout")
        assert "Starting Universal Connectivity Application".lower() in output.lower()
        check_peer(re.search(rf"Local peer id: {PEER}", output)[1])
        assert len(output.splitlines()) >= 2

    def second(self):
        self.find(INCOMING, CONNECTED, CLOSED)
        self.told("Connected to: %s via /ip4/127.0.0.1/tcp/", "Connection to %s closed ")

    def third(self):
        self.find(*ARRIVAL, PING, CLOSED)
        self.told("Received a ping from %s, round trip time: ", "Connection to %s closed ")

    def fourth(self):
        self.find(INCOMING, CONNECTED, PING, CLOSED)

    def fifth(self):
        agent = self.find(INCOMING, CONNECTED, IDENTIFY, CLOSED)[2][2]
        assert re.search(f",{re.escape(agent)}$", self.checker.log, re.M), f"{agent} is only the beginning of our agent"
        self.told(
            "Identified peer: %s with protocol version: ", "Peer agent: universal-connectivity/0.1.0", "Peer supports ",
            "Sent identify info to: %s", "Connection to %s closed ")
        return agent

    def sixth(self):
        message = self.find(INCOMING, CONNECTED, IDENTIFY, SUBSCRIBE, MESSAGE, CLOSED)[4]
        self.told(
            *(f"Subscribed to topic: {topic}" for topic in self.topics),
            *(f"Peer %s subscribed to '{topic}'" for topic in self.topics),
            f"Published test message to '{TOPIC}' topic", "Connection to %s closed ")
        return message[2].replace(self.bot.id, "<id>")

    topics = TOPIC, TOPIC + "-file", TOPIC + "-browser-peer-discovery"

    def seventh(self):
        self.find(INCOMING, CONNECTED, IDENTIFY, SUBSCRIBE, MESSAGE)
        eventually(lambda: "kademlia,bootstrap" in self.checker.log, bool, lambda _: "no kademlia,bootstrap", 20)
        # Nobody is disconnected before the checker is told to end, at the end of its time.
        assert not re.search(CLOSED, self.checker.log), "closed before its time"
        self.checker.signal(15)
        self.find(CLOSED, "nomorepeers", timeout=10)
        other = self.checkers[1]
        for pattern in (INCOMING, CONNECTED, IDENTIFY, SUBSCRIBE, MESSAGE):
            eventually(lambda: re.search(pattern, other.log), bool, lambda _: f"checker-02: nothing matches {pattern}")

    def bootstrap(self):
        # The first has been told to end meanwhile; it has found its way before.
        for checker in self.checkers:
            eventually(
                lambda: re.search("kademlia,bootstrap", checker.log), bool, lambda _: "no kademlia,bootstrap", 10)
        self.told("Adding bootstrap peer: %s with multiaddr: /", "New peer added to routing table: %s with ")
        said = self.bot.text("stdout")
        assert "Kademlia bootstrap completed successfully" in said
        found = re.search(r"^Found (\d+) closest peers\n((?:Closest peer: .*\n)*)", said, re.M)
        assert found and int(found[1]) == found[2].count("\n") > 0, said

    # what holds in all of them

    def told(self, *texts):
        """Lines of the lesson on our standard output; %s is the checker.

        It is closed, but not always gracefully: if the checker closes its socket before it has read what we said, the
        kernel tells us of a reset instead.
        """
        for text in texts:
            self.bot.wait_line("^" + re.escape(text).replace("%s", self.checker.id), 10)

    def orderly(self):
        for checker in self.checkers:
            # The checkers are connected to each other, too, and the first one ends before the second.
            others = [each.id for each in self.checkers]
            errors = [each for each in checker.matches("^error,.*") if not each.string.rstrip().endswith(tuple(others))]
            assert not errors, f"the checker complains: {errors[0].string}"
        for line in self.bot.text("stdout").splitlines():
            assert any(re.fullmatch(pattern, line) for pattern in LINES), f"no lesson prints {line!r}"
        assert self.bot.alive, "uc-bot has ended by itself"
        return f"{len(self.bot.text('stdout').splitlines())} lines"

    # that the checker would find what is wrong

    def unread(self):
        self.checker.wait_line(f"^error,{TOPIC}$", 25)
        assert not re.search(MESSAGE, self.checker.log)

    def left(self):
        self.find(CONNECTED, SUBSCRIBE)
        self.bot.terminate()
        self.checker.wait_line("^error,the connection was ended by", 10)
        assert not re.search(CLOSED, self.checker.log)

    def chatted(self):
        """A checker that talks: each of its messages once, and nothing that is not its own."""
        lines = self.bot.wait_lines(
            rf"^Received message on topic '{TOPIC}': Hello from {self.checker.id}! \((\d+)\) "
            rf"from {self.checker.id} \(type: 0\)$", 2, 20)
        assert [int(line[1]) for line in lines] == sorted({int(line[1]) for line in lines})


def run(runner):
    silent = ("the checker has nothing to complain of, and every line of ours is one of the lessons'", Lesson.orderly)
    runner.scenario("workshop, lesson 1: identity", lambda stage: Lesson(stage), [
        ("the startup line, the peer id, two lines at least", Lesson.first)])
    runner.scenario("workshop, lesson 2: TCP", lambda stage: Lesson(stage, "CLOSE_AFTER_CONNECTED"), [
        ("incoming, connected, closed", Lesson.second), silent])
    runner.scenario("workshop, lesson 3: ping", lambda stage: Lesson(stage, "CLOSE_AFTER_PING"), [
        ("incoming, connected, ping, closed", Lesson.third), silent])
    runner.scenario("workshop, lesson 4: QUIC, over TCP here", lambda stage: Lesson(stage, "CLOSE_AFTER_PING"), [
        ("incoming, connected, ping, closed", Lesson.fourth), silent])
    runner.scenario("workshop, lesson 5: identify", lambda stage: Lesson(stage, "CLOSE_AFTER_IDENTIFY"), [
        ("incoming, connected, identify, closed", Lesson.fifth), silent])
    runner.scenario("workshop, lesson 6: gossipsub", lambda stage: Lesson(stage, "CLOSE_AFTER_GOSSIP_MSG"), [
        ("incoming, connected, identify, subscribe, msg, closed", Lesson.sixth), silent])
    runner.scenario("workshop, lesson 7: two checkers", lambda stage: Lesson(stage, checkers=2), [
        ("all of lesson 6 and kademlia,bootstrap, closed by the checker's own end", Lesson.seventh),
        ("kademlia,bootstrap", Lesson.bootstrap), silent])
    runner.scenario("workshop, a checker that chats", lambda stage: Lesson(stage, "CHATTY"), [
        ("its messages are shown, each once", Lesson.chatted, 40), silent])
    runner.scenario("workshop, the checker itself", lambda stage: Lesson(
        stage, arguments=("--codec", "raw"), scripts=(SCRIPTS / "hello.lua",)), [
        ("what is said as plain text is no message to it", Lesson.unread),
        ("a peer that ends the connection itself is an error to it", Lesson.left)])
