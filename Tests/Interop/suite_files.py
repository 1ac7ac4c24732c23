"""Files and the discovery topic between uc-bot and py-libp2p, which speaks as the go, rust, js and nim peers do."""
import hashlib
import os
import tempfile
import time
from pathlib import Path

from file_dialects import DIALECTS, PROTOCOL
from names import multiaddr, multiaddr_text, peer_id
from peers import MESH_SECONDS, eventually
from protobuf import decode, delimited, encode
from pylibp2p import PyLibp2p
from ucbot import SCRIPTS, UCBot

FILES = "universal-connectivity-file"
DISCOVERY = "universal-connectivity-browser-peer-discovery"
SMALL, LARGE = 1_000, 3_000_000


def contents(count):
    return hashlib.shake_128(str(count).encode()).digest(count)


class Shelf:
    """uc-bot with a folder, and py-libp2p, which follows the topic of files."""

    def __init__(self, stage, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="uc-files-")
        stage.cleanup.callback(self.folder.cleanup)
        for name, count in ("small", SMALL), ("large", LARGE):
            self.path(name).write_bytes(contents(count))
        self.peer = stage.add(PyLibp2p())
        self.bot = stage.add(UCBot("--files", self.folder.name, *arguments, scripts=(SCRIPTS / "files.lua",)))
        self.peer.join(FILES)
        self.peer.connect(self.bot.address)
        self.bot.wait_connected(self.peer.id)
        self.bot.wait_line(rf"Peer {self.peer.id} subscribed to '{FILES}'")
        time.sleep(MESH_SECONDS)
        self.number = 0

    def path(self, name):
        return Path(self.folder.name) / name

    def tell(self, words, answer, timeout=10):
        """Says something to the bot's script, and waits for the line that it prints about it."""
        mark = self.bot.mark()
        self.peer.publish(words)
        return self.bot.wait_line(answer, timeout, after=mark)

    def offer(self, name):
        return self.tell(f"offer {name}", rf"offer {name}: (\S+)")[1].encode()

    def fresh(self, text):
        """An id that was not used before."""
        self.number += 1
        return f"{text}-{self.number}"

    # py asks

    def advertised(self):
        self.offer("small")
        eventually(
            lambda: self.peer.identify(self.bot.id).protocols, lambda names: PROTOCOL in names,
            lambda names: f"{PROTOCOL} is not among {names}")

    def asked_by(self, dialect):
        def case(self):
            name, count = ("small", SMALL) if DIALECTS[dialect].longest < LARGE else ("large", LARGE)
            length, data, ending = self.peer.fetch_file(self.bot.id, self.offer(name), dialect)
            assert length == count, f"{length} bytes announced, the file has {count}"
            assert contents(count).startswith(data) and data, "these are not the file's bytes"
            if not DIALECTS[dialect].reads_once:
                assert ending == "whole" and len(data) == count, f"{len(data)} bytes, then {ending}"
            return f"{len(data)} of {length} bytes"

        return case

    def larger_than_nim(self):
        length, _, ending = self.peer.fetch_file(self.bot.id, self.offer("large"), "nim")
        assert (length, ending) == (LARGE, "too long"), (length, ending)
        # It gave up in the middle; others are served all the same.
        assert self.peer.fetch_file(self.bot.id, self.offer("small"), "rust")[2] == "whole"

    def unknown(self):
        for dialect in DIALECTS:
            for identifier in b"nothing", b"../large", b"/etc/passwd", str(self.path("large")).encode():
                length, data, ending = self.peer.fetch_file(self.bot.id, identifier, dialect)
                assert (length, data, ending) == (None, b"", "end"), (dialect, identifier, length, ending)

    def no_text(self):
        mark = self.bot.mark()
        for _ in range(3):
            length, data, ending = self.peer.fetch_file(self.bot.id, b"a\xff", "nim")
            assert (length, data) == (None, b"") and ending in ("reset", "end"), (length, ending)
        complaint = rf"Dropped a malformed file request of {self.peer.id}: "
        self.bot.wait_line(complaint, after=mark)
        assert self.peer.fetch_file(self.bot.id, self.offer("small"), "nim")[2] == "whole"
        assert len(self.bot.matches(complaint)) == 1, "it was said more than once"

    # py announces, and is asked

    def announces(self, identifier, timeout=10):
        """-> what the bot says of a file that py has announced."""
        mark = self.bot.mark()
        self.peer.publish_bytes(identifier.encode(), FILES)
        self.bot.wait_line(rf"\[{self.peer.id[-8:]}\] offers the file ", after=mark)
        return self.bot.wait_line(rf"fetch .*: (.*)$", timeout, after=mark)[1]

    def served_by(self, dialect, identifier, **changes):
        def case(self):
            name, count = self.fresh(identifier), SMALL if dialect == "nim" else LARGE
            self.peer.serve_files({name.encode(): contents(count)}, dialect, **changes)
            mark = len(self.peer.asked)
            answer = self.announces(name)
            saved = name.replace(" ", "_").replace("/", "_")
            assert answer == f"{saved}, {count} bytes", answer
            assert self.path(saved).read_bytes() == contents(count), "these are not the file's bytes"
            assert self.peer.asked[mark:] == [name.encode()], self.peer.asked[mark:]

        return case

    def not_served_by(self, dialect, code, **changes):
        def case(self):
            before = sorted(os.listdir(self.folder.name))
            self.peer.serve_files({}, dialect, **changes)
            answer = self.announces(self.fresh("gone"), timeout=15)
            assert answer == code, f"{answer}, not {code}"
            assert sorted(os.listdir(self.folder.name)) == before, "something was left behind"

        return case

    def bad_length(self, announced, code):
        def case(self):
            before = sorted(os.listdir(self.folder.name))
            name, mark = self.fresh("bad"), self.bot.mark()
            self.peer.serve_files({name.encode(): contents(SMALL)}, "js", announced=announced)
            answer = self.announces(name)
            assert answer == code, f"{answer}, not {code}"
            assert sorted(os.listdir(self.folder.name)) == before, "something was left behind"
            told = self.bot.matches("a file was not fetched", after=mark)
            assert len(told) == 1, f"told {len(told)} times"
            return told[0].string

        return case

    def bad_announcements(self):
        mark = self.bot.mark()
        for payload in b"\xff\xfe", b"", b"\x1b[2J", b"x" * 2_000, b"\xff":
            self.peer.publish_bytes(payload, FILES)
        complaint = rf"Dropped a malformed file announcement of {self.peer.id}: "
        self.bot.wait_line(complaint, after=mark)
        self.peer.serve_files({b"after rubbish": contents(SMALL)}, "js")
        assert self.announces("after rubbish") == "after_rubbish, 1000 bytes"
        assert len(self.bot.matches(complaint)) == 1, "it was said more than once"

    def hostile_ids(self):
        before = set(os.listdir(self.folder.name))
        parent = set(os.listdir(self.path("..")))
        for hostile in "../../outside", "/tmp/outside", "..", ".hidden", "a\\..\\b":
            self.peer.serve_files({hostile.encode(): b"x"}, "js")
            answer = self.announces(hostile)
            assert answer.endswith(", 1 bytes"), answer
        new = set(os.listdir(self.folder.name)) - before
        assert len(new) == 5 and not any(name.startswith(".") or "/" in name for name in new), new
        assert {name for name in set(os.listdir(self.path(".."))) - parent if "outside" in name} == set()
        return ", ".join(sorted(new))

    def not_served_at_all(self):
        assert (answer := self.announces("nobody serves it")) == "unsupported", answer

    # uc-bot announces

    def announced(self):
        mark = self.peer.mark()
        self.tell("announce small", "announce small: told 1")
        message = self.peer.expect(self.bot.id, lambda text: len(text) == 36, after=mark)
        assert message.topic == FILES
        assert self.peer.fetch_file(self.bot.id, message.data, "go")[0] == SMALL

    def not_announced(self):
        self.tell("announce small", "announce small: forbidden")
        assert not [m for m in self.peer.inbox if m.sender == self.bot.id and m.topic == FILES]

    # py goes

    def goes_away(self):
        before = sorted(os.listdir(self.folder.name))
        # More is announced than comes, and the stream stays open.
        self.peer.serve_files({b"endless": contents(LARGE)}, "js", announced=LARGE * 2, ends_answer="open")
        mark = self.bot.mark()
        self.peer.publish_bytes(b"endless", FILES)
        eventually(
            lambda: sorted(os.listdir(self.folder.name)), lambda names: names != before,
            lambda _: "the fetch did not begin")
        self.peer.stop()
        answer = self.bot.wait_line("fetch endless: (.*)$", after=mark)[1]
        assert answer == "lost", answer
        eventually(
            lambda: sorted(os.listdir(self.folder.name)), lambda names: names == before,
            lambda names: f"left behind: {set(names) - set(before)}")
        assert self.bot.alive


class Found:
    """uc-bot, and two py-libp2p: one that everybody is connected to, and one that only that one knows."""

    def __init__(self, stage):
        self.middle, self.far = stage.add(PyLibp2p()), stage.add(PyLibp2p())
        for peer in self.middle, self.far:
            peer.join(DISCOVERY)
            peer.join(FILES)
        folder = tempfile.TemporaryDirectory(prefix="uc-files-")
        stage.cleanup.callback(folder.cleanup)
        self.bot = stage.add(UCBot(
            "--discover", "--discoverable", "--discover-local", "--connect", self.middle.address, "--files", folder.name,
            scripts=(SCRIPTS / "files.lua",)))
        self.bot.wait_connected(self.middle.id)
        self.far.connect(self.middle.address)
        time.sleep(MESH_SECONDS)

    def announced(self):
        """uc-bot's announcement, decoded here by the words of wire.md §4.5."""
        message = next((m for m in self.middle.inbox if m.sender == self.bot.id and m.topic == DISCOVERY), None)
        if message is None:
            message = self.middle.expect(self.bot.id, lambda _: self.middle.inbox[-1].topic == DISCOVERY, timeout=12)
        fields = decode(message.data)
        assert peer_id(fields[1][0]) == self.bot.id, "the key is not its own"
        addresses = [multiaddr_text(data) for data in fields[2]]
        assert self.bot.address in addresses, addresses
        assert all(address.endswith("/p2p/" + self.bot.id) for address in addresses), addresses
        return ", ".join(addresses)

    def own_addresses(self):
        return encode((1, self.far.public_key), (2, multiaddr(self.far.address)))

    def file_of_stranger(self):
        self.far.publish_bytes(b"far away", FILES)
        answer = self.bot.wait_line("fetch far away: (.*)$")[1]
        assert answer == "not_connected", answer

    def malformed(self):
        mark = self.bot.mark()
        stranger = encode((1, self.middle.public_key), (2, multiaddr(self.middle.address)))
        for payload in b"\xff\xff", b"no protobuf", encode((1, b"no key")), b"", stranger, b"x" * 20_000:
            self.far.publish_bytes(payload, DISCOVERY)
        complaint = rf"Dropped a malformed peer announcement of {self.far.id}: (.*)$"
        why = self.bot.wait_line(complaint, after=mark)[1]
        time.sleep(0.5)
        assert len(self.bot.matches(complaint)) == 1, "it was said more than once"
        assert not self.bot.matches(rf"Discovered {self.far.id}")
        return why

    def found(self):
        """A JS-shaped announcement with a broken address in it: js would throw it away whole, we only the address."""
        mark = self.bot.mark()
        self.far.publish_bytes(encode(
            (1, self.far.public_key), (2, b"\xff\xff\xff"), (2, multiaddr("/ip4/224.0.0.1/tcp/1")),
            (2, multiaddr(self.far.address))), DISCOVERY)
        self.bot.wait_line(rf"Discovered {self.far.id} at ", after=mark)
        self.bot.wait_connected(self.far.id, after=mark)

    def once(self):
        mark = self.bot.mark()
        self.far.publish_bytes(self.own_addresses(), DISCOVERY)
        self.far.publish("said behind it")
        self.bot.wait_chat(self.far.id, "said behind it")
        assert not self.bot.matches("Discovered", after=mark), "a connected peer was dialled"


def run(runner):
    asked = [
        (f"asks as {name} does", Shelf.asked_by(None, name)) for name in DIALECTS]
    runner.scenario("py fetches from uc-bot", lambda stage: Shelf(stage, "--announce-files"), [
        ("uc-bot tells that it serves files", Shelf.advertised), *asked,
        ("asks as nim does for more than nim takes", Shelf.larger_than_nim),
        ("asks for what is not on offer, paths among it, in each manner", Shelf.unknown, 60),
        ("asks with an id that is no text: no answer, and told once", Shelf.no_text),
        ("hears of a file that uc-bot announces, and fetches it", Shelf.announced)])
    runner.scenario("uc-bot fetches from py", Shelf, [
        ("go serves nothing, and refuses the protocol", Shelf.not_served_at_all),
        ("served as js does: an id that is a UUID", Shelf.served_by(None, "js", "5e0c1a2b-0000-4000-8000-000000000000")),
        ("served as nim does: an id that is a name", Shelf.served_by(None, "nim", "cat picture.jpg")),
        ("by one that waits for the end of the request", Shelf.served_by(None, "js", "waits", waits_for_end=True)),
        ("by one that leaves the stream open", Shelf.served_by(None, "js", "open", ends_answer="open")),
        ("rust answers nothing, and ends the stream", Shelf.not_served_by(None, "rust", "not_found")),
        ("js has no such file: its pipe throws", Shelf.not_served_by(None, "js", "lost")),
        ("one that answers nothing at all is given up", Shelf.not_served_by(None, "rust", "timeout", unknown="silence"), 30),
        ("the answer is shorter than announced", Shelf.bad_length(None, 5_000, "wrong_length")),
        ("the answer is longer than announced", Shelf.bad_length(None, 10, "wrong_length")),
        ("the answer is said to be empty", Shelf.bad_length(None, 0, "empty")),
        ("the answer is said to have 9 exabytes", Shelf.bad_length(None, 2**63 - 1, "too_large")),
        ("announcements that are no ids are told of once, and harm nothing", Shelf.bad_announcements),
        ("ids that would be ways out of the folder become names in it", Shelf.hostile_ids),
        ("uc-bot announces nothing unless it may", Shelf.not_announced),
        ("py goes away in the middle of a file", Shelf.goes_away)])
    runner.scenario("the discovery topic", Found, [
        ("uc-bot announces itself as js does", Found.announced),
        ("a file of a peer that is not connected is not fetched", Found.file_of_stranger),
        ("what is no announcement, or another's, is told of once", Found.malformed),
        ("a peer that announces itself is found and connected to", Found.found),
        ("and not dialled again", Found.once)])
