"""People at `uc-bot chat`, with each other and with the foreign peers: the seed's requirements (wire.md §12) from outside."""
import re
import signal
import stat
import subprocess
import time

from chatters import Chatter
from kubo import Kubo
from p2pd import P2PD
from peers import MESH_SECONDS, check_signature, eventually, free_port
from processes import Process
from protobuf import decode, delimited, encode, read_varint, varint
from pylibp2p import PyLibp2p
from suite_room import DIRECT, request
from ucbot import PROGRAM, environment

FILE = "/universal-connectivity-file/1"
MAKERS = {"p2pd": P2PD, "kubo": Kubo, "py": PyLibp2p}


class WithPeer:
    """A person and one foreign peer."""

    def __init__(self, stage, make, variable=None):
        self.peer = stage.add(make())
        if isinstance(self.peer, PyLibp2p):
            self.peer.serve(DIRECT, delimited(encode((1, encode((1, "0.0.1"), (2, 1))), (2, 200))))
        if variable:
            self.alice = stage.add(Chatter("alice", variables={variable: self.peer.address}))
        else:
            self.alice = stage.add(Chatter("alice", "-c", self.peer.address))
        self.mesh_at = time.monotonic() + MESH_SECONDS

    def introduced(self):
        self.alice.wait_line(rf"^Connected to: {self.peer.id} via /ip4/127\.0\.0\.1/tcp/")
        agent = self.alice.wait_line(rf"^Received identify from {self.peer.id}: protocol_version: \S*, agent: (.*)$")[1]
        assert agent.startswith(self.peer.agent), agent
        trip = self.alice.wait_line(rf"^Received a ping from {self.peer.id}, round trip time: ([\d.]+) ms$")[1]
        self.alice.wait_line("^Said hello: Hello from alice!$")
        self.peer.expect(self.alice.id, lambda text: text == "Hello from alice!")
        return f"{agent}, {trip} ms"

    def talks(self):
        time.sleep(max(0, self.mesh_at - time.monotonic()))
        # A Rust peer would take the same words for the same message.
        said = f"grüße an {self.peer.name} 👋"
        self.alice.type(said)
        self.alice.wait_line(r"^✓ Message sent to [1-9]\d* peer\(s\)$")
        message = self.peer.expect(self.alice.id, lambda text: text == said)
        self.peer.publish("und zurück: \x1b[2J你好")
        self.alice.hears(self.peer.id, "und zurück: ␛[2J你好")
        return check_signature(message) if message.signature else None

    def lists(self):
        self.alice.type("/peers")
        self.alice.wait_line(r"^Connected peers \(1\):$")
        return self.alice.wait_line(rf"^  - {self.peer.id[:8]}\.\.\. {self.peer.id[-8:]}, [\d.]+ ms, in the room, \S")[0]

    def leaves(self):
        self.alice.leaves("Quit")
        eventually(
            self.peer.connected, lambda peers: self.alice.id not in peers,
            lambda _: f"{self.peer.name} lists her as connected still")

    def takes_neither(self):
        """A peer without the application's own protocols: a person is told so."""
        self.alice.type(f"/dm {self.peer.id[-8:]} psst")
        self.alice.wait_line(rf"^⚠ Not sent to {self.peer.id[-8:]}: the peer takes no direct messages$")
        self.alice.type(f"/get {self.peer.id[-8:]} some-file")
        self.alice.wait_line(r"⚠ Not fetched: the peer serves no files$")

    # py only

    def malformed(self):
        for _ in range(3):
            self.peer.exchange(self.alice.id, DIRECT, request("no metadata", metadata=False), size=3)
        line = rf"^Dropped a malformed direct message of {self.peer.id}: (.*)$"
        why = self.alice.wait_line(line)[1]
        self.direct()
        assert len(self.alice.matches(line)) == 1, "it was told more than once"
        return why

    def direct(self):
        answer = self.peer.exchange(self.alice.id, DIRECT, request("psst, alice"), size=3)
        size, at = read_varint(answer)
        assert decode(answer[at : at + size])[2] == [200]
        self.alice.wait_line(rf"^\[{self.peer.id[-8:]}\] to you: psst, alice$")
        self.alice.type(f"/dm {self.peer.id[-8:]} psst, py")
        self.alice.wait_line(rf"^✓ Sent to {self.peer.id[-8:]} alone$")
        asked = eventually(lambda: self.peer.asked, len, lambda _: "nothing came")[-1]
        size, at = read_varint(asked)
        assert decode(asked[at : at + size])[2] == [b"psst, py"]

    def serves_file(self):
        body = bytes(range(256)) * 1_000
        (self.alice.home / "my talk.bin").write_bytes(body)
        self.alice.type("/file my talk.bin")
        self.alice.wait_line(r"^Offering my talk\.bin \(256 kB\), \d+ peer\(s\) told$|nobody was there to be told$")
        name = self.alice.wait_line(rf"^  /get {self.alice.short} ([0-9a-f-]{{36}}) fetches it from you$")[1]
        answer = self.peer.exchange(self.alice.id, FILE, delimited(name.encode()), size=len(body) + 3)
        size, at = read_varint(answer)
        assert size == len(body) and answer[at:] == body, f"{size} bytes announced, {len(answer) - at} came"

    def fetches_file(self):
        body = b"from py\n" * 10_000
        self.peer.serve(FILE, delimited(body))
        self.alice.type(f"/get {self.peer.id[-8:]} ../../../evil as my copy.txt")
        path = self.alice.wait_line(r"^.*Fetched (\S+), 80 kB in [\d.]+ s$")[1]
        assert path == str(self.alice.downloads / "my_copy.txt"), path
        assert (self.alice.downloads / "my_copy.txt").read_bytes() == body
        self.alice.type(f"/get {self.peer.id[-8:]} ../../../evil")
        self.alice.wait_line(r"^.*Fetched \S+/Downloads/uc-bot/_\._\.\._\.\._evil, ")

    def stuck(self):
        """A file that stops coming: it can be given up, and nothing of it stays behind."""
        self.peer.serve(FILE, varint(1_000_000) + b"x" * 1_000)
        self.alice.type(f"/get {self.peer.id[-8:]} endless")
        eventually(self.partial, len, lambda _: "nothing has come")
        self.alice.type("/cancel")
        self.alice.wait_line("⚠ Not fetched: cancelled$")
        eventually(self.partial, lambda left: not left, lambda left: f"{left} stay behind")
        self.alice.type(f"/get {self.peer.id[-8:]} endless")
        eventually(self.partial, len, lambda _: "nothing has come")

    def partial(self):
        return [path.name for path in self.alice.downloads.glob("*.part")]

    def leaves_fetching(self):
        self.alice.leaves("exit")
        assert not self.partial(), f"{self.partial()} stay behind"


class Three:
    """A person in one room with all three."""

    def __init__(self, stage):
        self.peers = [stage.add(make()) for make in MAKERS.values()]
        self.alice = stage.add(Chatter("alice", variables={"BOOTSTRAP_PEERS": ",".join(p.address for p in self.peers)}))
        for peer in self.peers:
            self.alice.wait_line(rf"^Peer {peer.id} subscribed to 'universal-connectivity'$")
        time.sleep(MESH_SECONDS)

    def talk(self):
        self.alice.type("hello to the three of you")
        for peer in self.peers:
            peer.expect(self.alice.id, lambda text: text == "hello to the three of you")
        for peer in self.peers:
            peer.publish(f"{peer.name} says hello")
            self.alice.hears(peer.id, f"{peer.name} says hello")
        self.alice.type("/peers")
        self.alice.wait_line(r"^Connected peers \(3\):$")


class Two:
    """Two people in two terminals, as the README has them."""

    def __init__(self, stage):
        port = free_port()
        self.alice = stage.add(Chatter("alice", "-p", port, address=None))
        self.alice.wait_line(rf"^Listening on: /ip4/127\.0\.0\.1/tcp/{port}/p2p/")
        self.bob = stage.add(Chatter("bob", "-c", self.alice.address))

    def chat(self):
        self.alice.hears(self.bob.id, "Hello from bob!")
        self.bob.hears(self.alice.id, "Hello from alice!")
        self.alice.type("hello bob")
        self.bob.hears(self.alice.id, "hello bob")
        self.bob.type("  hello alice, how are you?")
        self.alice.hears(self.bob.id, "  hello alice, how are you?")
        assert not self.alice.matches(rf"^\[{self.alice.short}\]"), "she hears herself"

    def direct(self):
        self.alice.type(f"/dm {self.bob.short} only for you")
        self.bob.wait_line(rf"^\[{self.alice.short}\] to you: only for you$")
        self.alice.wait_line(rf"^✓ Sent to {self.bob.short} alone$")

    def file(self):
        body = b"The quick brown fox\n" * 5_000
        (self.alice.home / "fox.txt").write_bytes(body)
        self.alice.type("/file fox.txt")
        self.alice.wait_line(r"^Offering fox\.txt \(100 kB\), 1 peer\(s\) told$")
        number = self.bob.wait_line(rf"^\[{self.alice.short}\] offers the file \S+: /get (\d+) fetches it$")[1]
        for name in ("fox.txt", "fox-2.txt"):
            self.bob.type(f"/get {number} as fox.txt")
            self.bob.wait_line(rf"Fetched {re.escape(str(self.bob.downloads / name))}, 100 kB in [\d.]+ s$")
            assert (self.bob.downloads / name).read_bytes() == body
        # The bar stood where the line stands now.
        assert "\x1b[K" in self.bob.text() and "%" in self.bob.text(), "no progress was shown"

    def gone(self):
        """A file that is on offer no longer, and one of a peer that has gone."""
        self.alice.type("/withdraw fox.txt")
        self.alice.wait_line("^No longer offering fox.txt$")
        after = self.bob.mark()
        self.bob.type("/get 1")
        self.bob.wait_line("⚠ Not fetched: the peer has no such file$", after=after)
        before = sorted(self.bob.downloads.iterdir())
        assert not [path for path in before if path.name.endswith(".part")], before

    def commands(self):
        self.alice.type("/status")
        for line in ("Status:", "  - Nickname: alice", "  - Connected peers: 1", "  - Subscribed topics: chat, .*files"):
            self.alice.wait_line(f"^{line}$")
        self.alice.type("/multiaddr")
        self.alice.wait_line("^Copy this multiaddress:$")
        self.alice.wait_line(rf"^/ip4/\S+/p2p/{self.alice.id}$")
        self.alice.type("/pers")
        self.alice.wait_line(r"Unknown command: /pers \(did you mean /peers\?\)$")
        self.alice.type("/help")
        self.alice.wait_line("^  /dm PEER TEXT ")

    def system_messages(self):
        path = self.alice.home / "system_messages.txt"
        lines = path.read_text().splitlines()
        assert all(re.fullmatch(r"\[\d\d:\d\d:\d\d\] \S.*", line) for line in lines), lines
        texts = [line[11:] for line in lines]
        assert texts[:2] == ["Universal Connectivity Chat Started", "Nickname: alice"], texts
        assert re.fullmatch(rf"Multiaddr: /ip4/\S+/p2p/{self.alice.id}", texts[2]), texts
        assert texts[3:5] == ["Commands: /quit, /peers, /status, /multiaddr", "Joined chat room as 'alice'"], texts
        assert stat.S_ISREG(path.stat().st_mode)

    def leave(self):
        self.bob.leaves("q")
        self.alice.wait_line(rf"^Connection to {self.bob.id} closed")
        self.alice.type("anybody there?")
        self.alice.wait_line('⚠ No peers connected: nobody has heard "anybody there\\?"$')
        self.alice.type("/peers")
        self.alice.wait_line("^No peers connected$")
        self.alice.press("\x04")
        self.alice.said_goodbye()


class Named:
    """Two people whose codec carries their names."""

    def __init__(self, stage):
        self.alice = stage.add(Chatter("alice", "--codec", "json"))
        self.bob = stage.add(Chatter("bob", "--codec", "json", "-c", self.alice.address))

    def known(self):
        self.bob.wait_line(rf"^\[alice \({self.alice.short}\)\]: Hello from alice!$")
        self.alice.wait_line(rf"^\[bob \({self.bob.short}\)\]: Hello from bob!$")
        self.alice.type("/dm Bob just you")
        self.bob.wait_line(rf"^\[alice \({self.alice.short}\)\] to you: just you$")
        self.alice.type("/dm zoe x")
        self.alice.wait_line(r"^⚠ No connected peer is called zoe; /peers lists them$")

    def pasted(self):
        """Many lines at once, as they come from a clipboard."""
        # A terminal holds 4096 bytes of what has not been read.
        for part in range(5):
            self.alice.press("".join(f"pasted {part * 100 + number}\n" for number in range(100)))
            self.bob.wait_line(rf"pasted {part * 100 + 99}$")
        heard = [int(match[1]) for match in self.bob.matches(r"\]: pasted (\d+)$")]
        assert heard == list(range(500)), f"{len(heard)} lines came, or in another order"


class Alone:
    """A person in an empty room, who is ended in all ways."""

    def __init__(self, stage):
        self.stage = stage

    def person(self):
        return self.stage.add(Chatter("alice"))

    def interrupted(self):
        alice = self.person()
        alice.press("\x03")
        alice.said_goodbye()

    def terminated(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.stage.add(Chatter("alice", "--headless", terminal=False))
            process.signal(number)
            process.said_goodbye()

    def hung_up(self):
        """The terminal goes: what ran in it ends."""
        alice = self.person()
        child = int(open(f"/proc/{alice.pid}/task/{alice.pid}/children").read().split()[0])
        alice.kill()
        eventually(
            lambda: open(f"/proc/{child}/stat").read().split()[2] if running(child) else "gone",
            lambda state: state in ("gone", "Z"), lambda state: f"it runs on without a terminal, in state {state}")

    def unwritable(self):
        alice = self.stage.add(Chatter("alice", "--system-log", "other.txt"))
        alice.leaves()
        assert (alice.home / "other.txt").exists() and not (alice.home / "system_messages.txt").exists()
        silent = self.stage.add(Chatter("alice", "--no-system-log"))
        silent.leaves()
        assert not (silent.home / "system_messages.txt").exists()


def running(pid):
    try:
        open(f"/proc/{pid}/stat").close()
        return True
    except OSError:
        return False


class Piped:
    """What other programs say."""

    def __init__(self, stage):
        self.stage = stage
        self.bob = stage.add(Chatter("bob"))

    def pipe(self, text, *arguments, timeout=20):
        """uc-bot chat with piped input: (exit status, output, seconds)."""
        start = time.monotonic()
        done = subprocess.run(
            [PROGRAM, "chat", "--listen", "/ip4/127.0.0.1/tcp/0", "--no-system-log", *arguments], input=text, text=True,
            capture_output=True, timeout=timeout, cwd=self.bob.home, env=environment(self.bob.home))
        return done.returncode, done.stdout, time.monotonic() - start

    def said(self):
        status, output, seconds = self.pipe("one\n\ntwo\nthree", "-c", self.bob.address)
        assert status == 0, output
        for text in ("one", "two", "three"):
            assert self.bob.matches(rf"^\[\w{{8}}\]: {text}$"), f"bob has not heard {text!r}"
        assert not self.bob.matches("Hello from (?!bob)"), "a pipe has introduced itself"
        assert output.count("✓ Message sent to 1 peer(s)") == 3 and output.endswith("Goodbye!\n"), output
        return f"{seconds:.1f} s"

    def many(self):
        after = self.bob.mark()
        status, output, seconds = self.pipe("".join(f"line {number}\n" for number in range(500)), "-c", self.bob.address)
        assert status == 0, output[-300:]
        heard = [int(match[1]) for match in self.bob.matches(r"\]: line (\d+)$", after)]
        assert heard == list(range(500)), f"{len(heard)} lines came, or in another order"
        return f"{seconds:.1f} s"

    def commands(self):
        status, output, _ = self.pipe(f"/dm {self.bob.short} from a pipe\n/peers\n/quit\nnever\n", "-c", self.bob.address)
        assert status == 0 and "Connected peers (1):" in output, output
        self.bob.wait_line(r"to you: from a pipe$")
        assert not self.bob.matches("never"), "what stands behind /quit was said"

    def nothing(self):
        status, output, seconds = self.pipe("", "-c", self.bob.address)
        assert status == 0 and output.endswith("Goodbye!\n") and seconds < 5, (status, output, seconds)

    def nobody(self):
        status, output, seconds = self.pipe("x\n", "-c", f"/ip4/127.0.0.1/tcp/{free_port()}", timeout=45)
        assert status == 69 and 25 < seconds < 40, (status, seconds, output)

    def headless(self):
        after = self.bob.mark()
        silent = self.stage.add(Chatter("carol", "-c", self.bob.address, "--headless", terminal=False))
        self.bob.wait_line(r"^\[\w{8}\]: Hello from carol!$", after=after)
        silent.wait_line("^Mesh: 1 peer$")
        self.bob.type("hello carol")
        silent.hears(self.bob.id, "hello carol")
        silent.signal(signal.SIGTERM)
        silent.said_goodbye()

    def port_in_use(self):
        port = self.bob.address.split("/")[4]
        process = Process(
            "uc-bot", [PROGRAM, "chat", "--listen", f"/ip4/127.0.0.1/tcp/{port}", "--no-system-log"],
            cwd=self.bob.home, env=environment(self.bob.home))
        self.stage.add(process)
        assert process.wait(10) == 69
        assert re.fullmatch(rf"uc-bot: .*{port}.*", process.text("stderr")), process.text("stderr")


def run(runner):
    everything = [
        ("connect, identify, ping, and the intro", WithPeer.introduced), ("chat both ways", WithPeer.talks),
        ("/peers lists it", WithPeer.lists)]
    neither = [("it takes no direct messages and has no files, which she is told", WithPeer.takes_neither)]
    private = [
        ("direct messages both ways", WithPeer.direct),
        ("a direct message without metadata is told of once", WithPeer.malformed), ("py fetches a file that she offers", WithPeer.serves_file),
        ("she fetches a file of py's, and it stays in her folder", WithPeer.fetches_file),
        ("a file that stops coming is given up", WithPeer.stuck),
        ("she leaves while one is coming", WithPeer.leaves_fetching)]
    for name, make in MAKERS.items():
        runner.scenario(
            f"alice chats with {name}", lambda stage: WithPeer(stage, make),
            everything + (private if name == "py" else neither + [("she leaves", WithPeer.leaves)]))
    for variable in ("REMOTE_PEER", "REMOTE_PEERS", "BOOTSTRAP_PEERS"):
        runner.scenario(
            f"alice finds p2pd by {variable}", lambda stage: WithPeer(stage, P2PD, variable), everything[:1])
    runner.scenario("alice chats with all three", Three, [("what each says reaches the others", Three.talk)])
    runner.scenario("alice and bob follow the README", Two, [
        ("they chat", Two.chat), ("a direct message", Two.direct), ("a file, fetched twice", Two.file),
        ("a file that is no longer there", Two.gone), ("commands", Two.commands),
        ("system_messages.txt", Two.system_messages), ("they leave", Two.leave)])
    runner.scenario("alice and bob have names", Named, [
        ("they are known by them", Named.known), ("500 pasted lines, in their order", Named.pasted)])
    runner.scenario("alice is ended", Alone, [
        ("by Ctrl-C", Alone.interrupted), ("by signals", Alone.terminated), ("with her terminal", Alone.hung_up),
        ("and her system messages are where she wants them", Alone.unwritable)])
    runner.scenario("programs chat through pipes", Piped, [
        ("each line is said, and it ends by itself", Piped.said), ("500 lines, in their order", Piped.many),
        ("commands work, too", Piped.commands), ("no input at all", Piped.nothing),
        ("nobody can be reached", Piped.nobody, 60), ("--headless reads nothing", Piped.headless),
        ("a port in use is one line and status 69", Piped.port_in_use)])
