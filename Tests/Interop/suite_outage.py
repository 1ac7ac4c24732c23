"""A bot that speaks each second, and a network that fails: it speaks again by itself, soon after the network is back.

Everything happens in network namespaces of the suite's own making (netns.py). With UC_LONG=1 the long outages are run
as well: a peer that is away for a minute, a cable that is out for two.
"""
import os
import re
import sys
import time
from pathlib import Path

from netns import Switch
from p2pd import P2PD
from peers import eventually
from processes import Process
from suite_peers import p2pd_identity
from ucbot import ID, SCRIPTS, UCBot

PORT = 4001
LONG = bool(os.environ.get("UC_LONG"))
# The bot speaks each second, and go fills its mesh at its heartbeat: two of the ten seconds are not the bot's. Who only
# wants to know whether it still works, perhaps on a busy machine, has more patience.
GOAL = 10 if LONG else 20


class Line:
    """A p2pd on one host, a bot on another that is told of it, and what p2pd hears."""

    def __init__(self, stage, delay=None):
        self.stage, self.identity = stage, p2pd_identity()
        self.switch = stage.add(Switch())
        self.far, self.near = self.switch.host(), self.switch.host()
        self.start_peer()
        address = self.peer.address
        if delay:
            between = self.switch.host()
            relay = stage.add(Process("relay", [
                *between.prefix, sys.executable, Path(__file__).with_name("slow_relay.py"), PORT, self.far.address, PORT,
                delay]))
            relay.wait_line("relaying")
            address = address.replace(self.far.address, between.address)
        self.bot = stage.add(UCBot(
            "--connect", address, "--port", PORT, "--deaf-after", "20", scripts=(SCRIPTS / "speaker.lua",), listen=False,
            host=self.near))
        self.bot.id = self.bot.wait_line(rf"Local peer id: ({ID})", 10)[1]
        self.hears(20)

    def start_peer(self):
        self.peer = self.stage.add(P2PD(port=PORT, identity=self.identity, host=self.far))

    def hears(self, timeout):
        """Seconds until p2pd hears the bot from now on."""
        start, after = time.monotonic(), self.peer.mark()
        self.peer.expect(self.bot.id, lambda text: text.startswith("speaker says"), timeout, after)
        return time.monotonic() - start

    def back(self, within=GOAL):
        late = self.hears(within + 30)
        assert late <= within, f"it was heard again only {late:.1f} s after the network was back"
        return f"heard again {late:.1f} s after"

    # What happens to the line.

    def peer_away(seconds):
        def case(line):
            line.peer.process.kill()
            time.sleep(seconds)
            line.start_peer()
            return line.back()

        return case

    def cable_out(seconds):
        def case(line):
            line.near.pull_cable()
            time.sleep(seconds)
            line.near.plug_in()
            return line.back()

        return case

    def line_broken(seconds):
        """As a cable behind the switch: the card sees nothing of it, and no one says that the connection is dead."""
        def case(line):
            line.near.break_line()
            time.sleep(seconds)
            line.near.lose(0)
            return line.back()

        return case

    def address_changes(self):
        mark = self.bot.mark()
        self.near.change_address()
        note = self.back()
        self.bot.wait_line(rf"Listening on: /ip4/{re.escape(self.near.address)}/tcp/{PORT}/", 5, mark)
        return note

    def loses(self, percent, messages):
        self.near.lose(percent)
        mark = self.bot.mark()
        first = self.peer.mark()
        heard = eventually(
            lambda: {m.text for m in self.peer.inbox[first:] if m.sender == self.bot.id},
            lambda texts: len(texts) >= messages, lambda texts: f"only {len(texts)} were heard", messages * 3 + 10)
        numbers = sorted(int(text.rsplit(" ", 1)[1]) for text in heard)
        missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
        assert not missing, f"lost: {missing}"
        assert not self.bot.matches("closed with error", mark), "the connection did not last"
        self.near.lose(0)
        return f"{len(numbers)} messages, none lost"

    def round_trip(self, milliseconds):
        measured = float(self.bot.wait_line(rf"Received a ping from {self.peer.id}, round trip time: ([\d.]+) ms")[1])
        assert milliseconds <= measured < milliseconds * 3, f"a round trip of {measured} ms"
        return f"{measured:.0f} ms"


def run(runner):
    away = [0.5, 5] + ([60] if LONG else [])
    out = [20] + ([120] if LONG else [])
    runner.scenario("a network that fails", Line, [
        *((f"the only peer is away for {s} s", Line.peer_away(s), s + 60) for s in away),
        *((f"the cable is out for {s} s", Line.cable_out(s), s + 60) for s in out),
        *((f"nothing comes through for {s} s, and the card sees nothing of it", Line.line_broken(s), s + 60) for s in out),
        ("the address of the machine changes", Line.address_changes, 60),
        ("one packet in twenty is lost", lambda line: line.loses(5, 15), 90),
    ])
    runner.scenario("a line with a round trip of 200 ms", lambda stage: Line(stage, delay=100), [
        ("is measured", lambda line: line.round_trip(200)),
        ("loses nothing", lambda line: line.loses(0, 5)),
    ])
