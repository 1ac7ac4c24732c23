"""`uc-bot chat --ui` in a real terminal (tmux): what is typed, what is seen, and how the terminal is given back."""
import os
import re
import signal
import subprocess
import time

from chatters import Chatter
from peers import eventually
from terminals import Terminal
from ucbot import PROGRAM, environment


class Talk:
    """Alice at a screen of 80×24, and bob, who has plain lines."""

    def __init__(self, stage):
        self.bob = stage.add(Chatter("bob"))
        self.alice = stage.add(Terminal("alice", "-c", self.bob.address, has_intro=True))

    def boxes(self):
        self.alice.sees(r"^┌ Room: universal-connectivity ─+┐┌ Peers ─+┐$")
        self.alice.sees(r"^┌ System ─+┐$")
        rows = self.alice.rows
        assert len(rows) == 24 and all(len(row) == 80 for row in rows[:-1] if row.isascii() or row[0] != "│")
        assert all((row[0], row[-1]) in (("│", "│"), ("┌", "┐"), ("└", "┘")) for row in rows[:-1]), self.alice.text
        assert rows[-1] == "alice > Type your message...", rows[-1]

    def peers(self):
        self.alice.sees(r"│Connected: 1 +│")
        seen = set()

        def trip():
            match = self.alice.sees(rf"│• .*{self.bob.short} +([\d.]+) ms│")
            seen.add(match[1])
            return seen
        eventually(trip, lambda trips: len(trips) > 2, lambda trips: f"the round trip stays {trips}", 10)

    def talk(self):
        self.bob.wait_line(r"^\[\w{8}\]: Hello from alice!$")
        self.alice.type("hello bob")
        short = self.bob.wait_line(r"^\[(\w{8})\]: hello bob$")[1]
        self.alice.sees(r"│\[\d\d:\d\d:\d\d\] alice \(You\): hello bob +│")
        self.bob.type("hello alice")
        self.alice.sees(rf"│\[\d\d:\d\d:\d\d\] {self.bob.short}: hello alice +│")
        assert "hello alice" not in self.alice.rows[-1]
        self.bob.type(f"/dm {short} a secret")
        self.alice.sees(rf"{self.bob.short} to you alone: a secret")

    def colours(self):
        # The same in the talk and among the peers.
        colours = re.findall(rf"\x1b\[(38;5;\d+|3[1-6]|9[1-6])m(?:\x1b\[49m)?(?:• )?{self.bob.short}", self.alice.coloured)
        assert len(colours) >= 2 and len(set(colours)) == 1, (colours, self.alice.coloured)

    def characters(self):
        for text in ("你好，世界", "👍 ok", "cafe\u0301 au lait", "👨‍👩‍👧‍👦 family", "❤️ heart", "🇩🇪 flag", "한국어"):
            self.alice.type(text)
            self.bob.wait_line(rf"^\[\w{{8}}\]: {text}$")
            self.bob.type("back " + text)
            # Nothing that follows in the row is out of its place, whatever the terminal makes of the picture.
            self.alice.sees(rf"{self.bob.short}: back .*{text[-2:]} +│")
        for row in self.alice.rows[1:15]:
            assert row.startswith("│") and row.endswith("│") and row.count("│") == 4, self.alice.text

    def hostile(self):
        self.bob.type("evil \x1b[2J\x1b[31m red \x07 \u202eback")
        self.alice.sees(r"evil ␛\[2J")
        self.boxes()

    def editing(self):
        self.alice.press("h", "e", "o", "Left", "l", "l", "C-a", "x", "Space", "C-e", "!", "Enter")
        self.bob.wait_line(r"^\[\w{8}\]: x hello!$")
        self.alice.press("Up")
        self.alice.sees(r"^alice > x hello!$")
        self.alice.press("C-w", "C-u", "C-y")
        self.alice.press("C-u")
        self.alice.sees(r"^alice > Type your message\.\.\.$")
        self.alice.press("/", "p", "e", "Tab")
        self.alice.sees(r"^alice > /peers$")
        self.alice.press("Enter")
        self.alice.sees(r"Connected peers \(1\):")

    def pasted(self):
        after = self.bob.mark()
        self.alice.paste("first line\nsecond line\n/quit\n")
        self.alice.sees(r"^alice > first line␊second line␊/quit␊$")
        assert not self.bob.matches("first line", after), "it was sent before it was entered"
        self.alice.press("Enter")
        self.bob.wait_line(r"^\[\w{8}\]: first line␊second line␊/quit$", after=after)
        self.alice.sees(r"^alice > Type your message")

    def long(self):
        text = " ".join(f"word{number}" for number in range(60))
        self.alice.press("-l", text)
        assert self.alice.sees(r"^alice > .*word59$")
        self.alice.press("Enter")
        self.bob.wait_line(rf"\]: {text}$")
        self.alice.sees(r"│ +word.* word59 +│")
        self.alice.type("x" * 300)
        self.alice.sees(r"│  x{52}│")

    def scrolled(self):
        for number in range(60):
            self.bob.type(f"number {number}")
        self.alice.sees(r"number 59 +│", 20)
        self.alice.press("PageUp")
        self.alice.sees("Esc goes to the end")
        first = self.alice.rows[1]
        self.bob.type("unseen one")
        self.bob.type("unseen two")
        self.alice.sees(r"↓ 2 new, Esc shows them")
        assert self.alice.rows[1] == first, self.alice.text
        read = re.search(r"number \d+", first)[0]
        for columns, rows in ((60, 20), (120, 40), (50, 12), (80, 24)):
            self.alice.resize(columns, rows)
            self.alice.sees(rf"\b{read}\b")
            self.alice.sees(r"↓ 2 new")
        self.alice.press("Escape")
        self.alice.sees(r"unseen two")
        self.alice.sees_no_more(r"↓")
        self.alice.press("C-Home")
        self.alice.sees("Hello from bob!|hello bob|hello alice")
        self.alice.press("C-End")
        self.alice.sees("unseen two")

    def sizes(self):
        for columns, rows in ((40, 10), (20, 4), (9, 2), (2, 1), (300, 80), (30, 24), (100, 5), (80, 24)):
            self.alice.resize(columns, rows)
            self.bob.type(f"at {columns}")
            if columns >= 20:
                self.alice.sees(rf"at {columns}\b")
                self.alice.sees(r"Type your message|^> ")
            assert all(len(row) <= columns for row in self.alice.rows), self.alice.text
        self.boxes()

    def leaves(self):
        self.alice.type("/quit")
        self.alice.gave_back()


class Ends:
    """All ways in which it ends, and the terminal afterwards."""

    def __init__(self, stage):
        self.stage = stage

    def alice(self, *arguments, **options):
        return self.stage.add(Terminal("alice", *arguments, **options))

    def keys(self):
        for key in ("C-c", "C-q", "C-d"):
            alice = self.alice()
            alice.press(key)
            alice.gave_back()

    def signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            alice = self.alice()
            alice.press("half a line")
            os.kill(alice.pid, number)
            alice.gave_back()

    def faults(self):
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL):
            alice = self.alice()
            os.kill(alice.pid, number)
            alice.gave_back(128 + number, goodbye=False)

    def stopped(self):
        """Ctrl-Z, and a stop by force: the shell has its terminal, and the screen comes back."""
        alice = self.alice()
        alice.type("/help")
        alice.sees("/dm PEER TEXT")
        for stop in (lambda: alice.press("C-z"), lambda: os.kill(alice.pid, signal.SIGTSTP)):
            stop()
            alice.sees(r"^STOPPED$")
            assert "before" in alice.rows and "┌" not in alice.text, alice.text
            alice.press("Enter")
            alice.sees("/dm PEER TEXT")
        os.kill(alice.pid, signal.SIGSTOP)
        alice.sees(r"STOPPED")
        alice.press("Enter")
        alice.sees_no_more("STOPPED")
        alice.sees("/dm PEER TEXT")
        alice.type("/quit")
        alice.gave_back()

    def port_in_use(self):
        bob = self.stage.add(Chatter("bob"))
        alice = self.alice(address="/".join(bob.address.split("/")[:5]), wait=False)
        alice.gave_back(69, goodbye=False)
        alice.sees(r"^uc-bot: ")

    def terminals(self):
        for kind in ("xterm", "xterm-256color", "screen", "screen-256color", "tmux-256color", "vt100", "linux"):
            alice = self.alice(kind=kind)
            alice.type("/peers")
            alice.sees("No peers connected +│")
            alice.press("C-c")
            alice.gave_back()

    def no_colour(self):
        bob = self.stage.add(Chatter("bob"))
        alice = self.alice("-c", bob.address, variables={"NO_COLOR": "1"})
        alice.sees(rf"• .*{bob.short}")
        assert not re.search(r"\x1b\[[\d;]*(3[0-7]|9[0-7]|38;5)", alice.coloured), alice.coloured

    def refused(self):
        alice = self.alice(kind="dumb", wait=False)
        alice.sees("^uc-bot: --ui: a terminal with TERM=dumb cannot place text")
        alice.gave_back(64, goodbye=False)
        done = subprocess.run(
            [PROGRAM, "chat", "--ui"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10,
            env=environment(alice.home), cwd=alice.home)
        assert done.returncode == 64 and not done.stdout, done
        assert re.fullmatch(r"uc-bot: --ui: .* not a terminal.*\n", done.stderr), done.stderr

    def idle(self):
        alice = self.alice()
        time.sleep(2)
        ticks = lambda: [int(word) for word in open(f"/proc/{alice.pid}/stat").read().split()[13:15]]
        before = ticks()
        time.sleep(20)
        user, system = (after - start for after, start in zip(ticks(), before))
        assert user <= 2 and system <= 2, f"{user} + {system} ticks of 10 ms in 20 s"
        return f"{user} + {system} ticks of 10 ms in 20 s"


def run(runner):
    runner.scenario("alice chats on a screen of 80×24", Talk, [
        ("three boxes and a line", Talk.boxes), ("the peers, and their round trips by the second", Talk.peers),
        ("they talk", Talk.talk), ("a colour for each", Talk.colours),
        ("wide characters, marks and pictures", Talk.characters, 60), ("escape sequences of strangers", Talk.hostile),
        ("editing, history, completion", Talk.editing), ("pasted lines are one message", Talk.pasted),
        ("long lines", Talk.long), ("scrolled up: unread marks, and resizing", Talk.scrolled, 60),
        ("all sizes", Talk.sizes, 60), ("she leaves", Talk.leaves)])
    runner.scenario("a screen gives the terminal back", Ends, [
        ("after Ctrl-C, Ctrl-Q and Ctrl-D", Ends.keys), ("after signals", Ends.signals),
        ("after a fault", Ends.faults), ("while it is stopped", Ends.stopped),
        ("when the port is in use", Ends.port_in_use), ("on all kinds of terminals", Ends.terminals, 60),
        ("without colours where the user wants none", Ends.no_colour), ("or is refused", Ends.refused),
        ("an idle screen costs nothing", Ends.idle, 60)])
