"""What is wrong on the wire, as the one sees it who sits at `uc-bot chat`: an error, told once, and the talk goes on."""
import time

from chatters import Chatter
from file_dialects import PROTOCOL
from names import multiaddr
from peers import MESH_SECONDS, eventually
from protobuf import decode, encode, read_varint
from pylibp2p import PyLibp2p
from suite_files import DISCOVERY, FILES, contents
from suite_room import DIRECT, request


class Talk:
    """A person, and py-libp2p, which does not keep to the rules."""

    def __init__(self, stage, strict_signing=True):
        self.peer = stage.add(PyLibp2p(strict_signing=strict_signing))
        for topic in FILES, DISCOVERY:
            self.peer.join(topic)
        self.alice = stage.add(Chatter("alice", "--discover", "--no-intro", "-c", self.peer.address))
        self.alice.wait_line(rf"Connected to: {self.peer.id} via ")
        time.sleep(MESH_SECONDS)
        self.number = 0

    def goes_on(self, mark):
        """Nothing else was harmed: what is said is heard, both ways, and nobody has been thrown out."""
        self.number += 1
        self.peer.publish(f"said after it, {self.number}")
        self.alice.hears(self.peer.id, f"said after it, {self.number}", after=mark)
        self.alice.type(f"answered, {self.number}")
        self.peer.expect(self.alice.id, lambda text: text == f"answered, {self.number}")
        assert not self.alice.matches("Connection to .* closed", after=mark)

    def complains(self, kind, why, mark):
        line = self.alice.wait_line(rf"Dropped a malformed {kind} of {self.peer.id}: {why}", after=mark)
        self.goes_on(mark)
        assert len(self.alice.matches(rf"Dropped a malformed {kind} of")) == 1, "told more than once"
        return line.string

    def payloads(self):
        mark = self.alice.mark()
        for payload in b"\xff\xfe\xfd", b"\x0a\xff\xff", b'{"message":', b"\x1b[2J\x07":
            self.peer.publish_bytes(payload)
        who = rf"\[{self.peer.id[-8:]}\]: "
        self.alice.wait_line(who + "\N{REPLACEMENT CHARACTER}+$", after=mark)
        self.alice.wait_line(who + r"\{\"message\":$", after=mark)
        self.goes_on(mark)
        assert "\x1b[2J" not in self.alice.text(), "the screen was cleared"

    def discovery(self):
        mark = self.alice.mark()
        for payload in b"\xff\xff", encode((1, b"no key")), b"\xff\xff":
            self.peer.publish_bytes(payload, DISCOVERY)
        return self.complains("peer announcement", "not the protobuf of a peer", mark)

    def address(self):
        """An address that is none in an announcement that is one: only the address is left out."""
        mark = self.alice.mark()
        self.peer.publish_bytes(
            encode((1, self.peer.public_key), (2, b"\xff\xff"), (2, multiaddr(self.peer.address))), DISCOVERY)
        self.goes_on(mark)

    def announcements(self):
        mark = self.alice.mark()
        for payload in b"\xff\xfe", b"", b"\x1b[2J":
            self.peer.publish_bytes(payload, FILES)
        return self.complains("file announcement", r"\d+ bytes that are no id", mark)

    def direct(self):
        mark = self.alice.mark()
        for _ in range(2):
            answer = self.peer.exchange(self.alice.id, DIRECT, request("hi", metadata=False), size=3)
            assert decode(answer[read_varint(answer)[1]:])[2] == [500]
        line = self.complains("direct message", ".*metadata", mark)
        assert not self.alice.matches("to you: hi")
        return line

    def not_fetched(self, why, mark):
        line = self.alice.wait_line(rf"⚠ (Not fetched: {why}.*)", 15, after=mark)
        assert not list(self.alice.downloads.glob("*")), "something was left behind"
        return line[1]

    def fetched_badly(self, why, announced, files={b"file": contents(1_000)}, **changes):
        def case(self):
            mark = self.alice.mark()
            self.peer.serve_files(files, "js", announced=announced, **changes)
            self.alice.type(f"/get {self.peer.id[-8:]} file")
            line = self.not_fetched(why, mark)
            self.goes_on(mark)
            return line

        return case

    def unserved(self):
        mark = self.alice.mark()
        self.alice.type(f"/get {self.peer.id[-8:]} file")
        return self.not_fetched("the peer serves no files", mark)

    def asks_badly(self):
        (self.alice.home / "a.txt").write_bytes(b"a")
        mark = self.alice.mark()
        self.alice.type("/file a.txt")
        self.alice.wait_line("^Offering a.txt", after=mark)
        eventually(lambda: self.peer.identify(self.alice.id).protocols, lambda names: PROTOCOL in names, str)
        for _ in range(2):
            assert self.peer.fetch_file(self.alice.id, b"\xff\xfe", "rust")[1] == b""
        return self.complains("file request", "the id is no text", mark)

    def gone(self):
        mark = self.alice.mark()
        self.peer.serve_files({b"file": contents(100_000)}, "js", announced=200_000, ends_answer="open")
        self.alice.type(f"/get {self.peer.id[-8:]} file")
        eventually(lambda: list(self.alice.downloads.glob("*.part")), len, lambda _: "the fetch did not begin")
        self.peer.stop()
        line = self.not_fetched("the stream was lost", mark)
        mark = self.alice.mark()
        self.alice.type(f"/get {self.peer.id[-8:]} file")
        self.alice.wait_line("⚠ ", after=mark)
        self.alice.leaves()
        return line

    def unsigned(self):
        mark = self.alice.mark()
        for number in range(3):
            self.peer.publish(f"unsigned {number}")
        line = self.alice.wait_line(rf"Dropped a malformed message of {self.peer.id}: it is not signed", after=mark)
        self.alice.type("said all the same")
        self.peer.expect(self.alice.id, lambda text: text == "said all the same")
        assert not self.alice.matches("unsigned [012]"), "it was shown all the same"
        assert len(self.alice.matches("Dropped a malformed message")) == 1, "told more than once"
        return line.string


def run(runner):
    runner.scenario("a person among peers that do not keep to the rules", Talk, [
        ("chat that is no text, no protobuf, no JSON, or acts on a terminal", Talk.payloads),
        ("a discovery message that is none", Talk.discovery),
        ("a discovery message with an address that is none", Talk.address),
        ("a file announcement that is no id", Talk.announcements),
        ("a direct message without metadata", Talk.direct),
        ("a file of a peer that serves none", Talk.unserved),
        ("a file that is shorter than announced", Talk.fetched_badly(
            None, "1000 of 5000 bytes came, then the peer ended the stream", 5_000)),
        ("a file that is longer than announced", Talk.fetched_badly(
            None, "the peer sent more than the 10 bytes that it announced", 10)),
        ("a file of no bytes", Talk.fetched_badly(None, "the file is empty", 0)),
        ("a file that is not there: the end of the stream", Talk.fetched_badly(
            None, "the peer has no such file", None, files={}, unknown="close")),
        ("a file that is not there: a reset", Talk.fetched_badly(
            None, "the stream was lost", None, files={}, unknown="reset")),
        ("a file request whose id is no text", Talk.asks_badly),
        ("a fetch from a peer that goes, and from one that is gone", Talk.gone)])
    runner.scenario("a person and a peer that does not sign", lambda stage: Talk(stage, strict_signing=False), [
        ("chat without a signature", Talk.unsigned)])
