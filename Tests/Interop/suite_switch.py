"""uc-bots on a network of their own that are told of nobody: they find each other by mDNS, and /dnsaddr by DNS.

Everything happens in network namespaces of the suite's own making (netns.py): no multicast packet leaves them.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from netns import Switch
from peers import eventually
from processes import Process
from ucbot import ID, PROGRAM, SCRIPTS, environment

PORT = 4001
HERE = Path(__file__).parent
# A bot finds another by its first or second question; it is dialled within a second. Who only wants to know whether it
# still works, perhaps on a busy machine, has more patience.
SECONDS = 10 if os.environ.get("UC_LONG") else 20


class Bot(Process):
    """uc-bot on a host of the switch, speaking each second."""

    def __init__(self, host, *arguments, script="speaker.lua"):
        self.host, self.folder = host, tempfile.TemporaryDirectory(prefix="uc-bot-switch-")
        super().__init__(
            f"uc-bot on {host.address}",
            [*host.prefix, PROGRAM, SCRIPTS / script, "--port", PORT, *arguments], cwd=self.folder.name,
            env=environment(self.folder.name))
        self.id = self.wait_line(rf"Local peer id: ({ID})", 15)[1]
        self.wait_line(rf"Listening on: /ip4/{host.address}/tcp/{PORT}/p2p/{self.id}", 10)

    def wait_connected(self, peer, timeout=SECONDS, after=0):
        return self.wait_line(rf"Connected to: {peer} via (\S+)", timeout, after)

    def hears(self, other, timeout=SECONDS, after=0):
        return self.wait_line(rf"^\[{other.id[-8:]}\]: speaker says", timeout, after)

    def stop(self):
        super().stop()
        self.folder.cleanup()


class Crowd:
    """Bots that are started together, each on a host of its own."""

    def __init__(self, stage, count, *arguments, loss=0):
        self.stage, self.switch = stage, stage.add(Switch())
        self.hosts = [self.switch.host() for _ in range(count)]
        for host in self.hosts:
            host.lose(loss)
        self.start = time.monotonic()
        self.bots = [stage.add(Bot(host, "--mdns", *arguments)) for host in self.hosts]

    def pairs(self):
        return ((one, other) for one in self.bots for other in self.bots if one is not other)

    def all_connected(self, within):
        for one, other in self.pairs():
            one.wait_connected(other.id, max(1, self.start + within + 20 - time.monotonic()))
        seconds = time.monotonic() - self.start
        assert seconds < within, f"it took {seconds:.1f} s"
        return f"{len(self.bots) * (len(self.bots) - 1) // 2} connections, {seconds:.1f} s after the first start"

    def all_hear_all(self):
        start = time.monotonic()
        marks = {bot: bot.mark() for bot in self.bots}
        for one, other in self.pairs():
            one.hears(other, SECONDS, marks[one])
        return f"after {time.monotonic() - start:.1f} s each had heard each"


def counter(host, rule):
    """Counts packets that leave a host; -> a function that says how many there were."""
    rules = (
        "table inet count {\n counter c { }\n chain o {\n type filter hook output priority -10;\n"
        f" {rule} counter name c\n }}\n}}\n")
    subprocess.run([*host.prefix, "nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)

    def packets():
        shown = subprocess.run(
            [*host.prefix, "nft", "list", "counter", "inet", "count", "c"], text=True, check=True, capture_output=True)
        return int(re.search(r"packets (\d+)", shown.stdout)[1])

    return packets


def ten(runner):
    def goes_and_comes(crowd):
        gone = crowd.bots.pop()
        gone.stop()
        for bot in crowd.bots:
            bot.wait_line(rf"Connection to {gone.id} closed", 10)
        crowd.start = time.monotonic()
        crowd.bots.append(crowd.stage.add(Bot(gone.host, "--mdns")))
        return crowd.all_connected(SECONDS)

    def quiet(crowd):
        packets = counter(crowd.hosts[0], "udp dport 5353")
        time.sleep(20)
        assert packets() <= 40, f"{packets()} packets in 20 s"
        return f"{packets()} packets of mDNS from one of ten in 20 s"

    runner.scenario("switch: ten bots that are told of nobody", lambda stage: Crowd(stage, 10), [
        ("find each other by mDNS alone", lambda crowd: crowd.all_connected(30), 60),
        ("and talk, each with each", Crowd.all_hear_all),
        ("one that ends and another that begins is found", goes_and_comes, 60),
        ("and talk again", Crowd.all_hear_all),
        ("they send little", quiet)])


def trouble(runner):
    runner.scenario("switch: four bots on a bad line", lambda stage: Crowd(stage, 4, loss=5), [
        ("find each other though 5 % of the packets get lost", lambda crowd: crowd.all_connected(40), 70),
        ("and talk", Crowd.all_hear_all)])

    def nothing_sent(pair):
        # A socket whose packet is refused is closed, but not for good.
        time.sleep(2)
        for host in pair.hosts:
            host.lose(0)
        pair.start = time.monotonic()
        return pair.all_connected(15)

    runner.scenario("switch: two bots of which nothing comes out at first", lambda stage: Crowd(stage, 2, loss=100), [
        ("find each other when it does", nothing_sent, 40)])

    def cable(pair):
        one, other = pair.bots
        pair.hosts[0].pull_cable()
        time.sleep(40)
        marks = [bot.mark() for bot in pair.bots]
        start = time.monotonic()
        pair.hosts[0].plug_in()
        one.hears(other, 20, marks[0])
        other.hears(one, 20, marks[1])
        seconds = time.monotonic() - start
        assert seconds < SECONDS, f"it took {seconds:.1f} s"
        return f"{seconds:.1f} s after the cable was back"

    def address(pair):
        one, other = pair.bots
        pair.hosts[0].change_address()
        marks = [bot.mark() for bot in pair.bots]
        start = time.monotonic()
        one.hears(other, 40, marks[0])
        other.hears(one, 40, marks[1])
        seconds = time.monotonic() - start
        assert seconds < SECONDS, f"it took {seconds:.1f} s"
        # A third one hears of the new address only.
        third = pair.stage.add(Bot(pair.switch.host(), "--mdns"))
        via = third.wait_line(rf"Discovered {one.id} at (.*)", SECONDS)[1]
        assert f"/ip4/{pair.hosts[0].address}/" in via and ".1/tcp" not in via.replace(pair.hosts[0].address, ""), via
        return f"{seconds:.1f} s after the change; found by others as {via.split('/p2p/')[0]}"

    runner.scenario("switch: two bots that find each other by mDNS", lambda stage: Crowd(stage, 2, "--deaf-after", "20"), [
        ("are connected", lambda crowd: crowd.all_connected(20)),
        ("find each other again when a cable was out for 40 s", cable, 100),
        ("find each other again when an address has changed", address, 100)])


def families(runner):
    def prepare(stage):
        crowd = Crowd(stage, 0)
        for number in range(2):
            host = crowd.switch.host()
            subprocess.run(["ip", "-n", host.name, "addr", "add", f"fd77::{number + 1}/64", "dev", "eth0"], check=True)
            subprocess.run(["ip", "-n", host.name, "addr", "del", f"{host.address}/24", "dev", "eth0"], check=True)
            host.address = f"fd77::{number + 1}"
            crowd.hosts.append(host)
        time.sleep(2)  # until the kernel lets the addresses be used
        crowd.start = time.monotonic()
        for host in crowd.hosts:
            bot = Bot.__new__(Bot)
            bot.host, bot.folder = host, tempfile.TemporaryDirectory(prefix="uc-bot-switch-")
            Process.__init__(
                bot, f"uc-bot on {host.address}",
                [*host.prefix, PROGRAM, SCRIPTS / "speaker.lua", "--listen", f"/ip6/::/tcp/{PORT}", "--mdns"],
                cwd=bot.folder.name, env=environment(bot.folder.name))
            bot.id = bot.wait_line(rf"Local peer id: ({ID})", 15)[1]
            crowd.bots.append(stage.add(bot))
        return crowd

    runner.scenario("switch: two bots with IPv6 alone", prepare, [
        ("find each other by mDNS", lambda crowd: crowd.all_connected(20)), ("and talk", Crowd.all_hear_all)])


def foreign(runner):
    class WithPython:
        def __init__(self, stage):
            self.switch = stage.add(Switch())
            near, far = self.switch.host(), self.switch.host()
            # Its library looks for the way out to learn its own address.
            subprocess.run(["ip", "-n", far.name, "route", "add", "default", "via", near.address], check=True)
            self.bot = stage.add(Bot(near, "--mdns"))
            self.py = stage.add(Process(
                "py-libp2p", [*far.prefix, sys.executable, HERE / "mdns_child.py", far.address, PORT]))
            self.py.id = self.py.wait_line(r"^id (\S+)", 20)[1]
            self.far = far

        def we_find(self):
            at = self.bot.wait_line(rf"Discovered {self.py.id} at (\S+)", 20)[1]
            assert at.startswith(f"/ip4/{self.far.address}/tcp/{PORT}/"), at
            self.bot.wait_connected(self.py.id, 10)
            return at.split("/p2p/")[0]

        def it_finds(self):
            found = self.py.wait_line(rf"^found {self.bot.id} (.*)", 20)[1]
            assert f"/ip4/{self.bot.host.address}/tcp/{PORT}" in found, found
            return found

    runner.scenario("switch: py-libp2p with its own mDNS", WithPython, [
        ("we find it, and connect", WithPython.we_find, 40), ("it finds us", WithPython.it_finds, 40)])


def hostile(runner):
    class Attacked:
        def __init__(self, stage):
            self.crowd = Crowd(stage, 2)
            self.crowd.all_connected(20)
            self.stage, self.enemy, self.bot = stage, self.crowd.switch.host(), self.crowd.bots[0]
            subprocess.run(["ip", "-n", self.enemy.name, "route", "add", "224.0.0.0/4", "dev", "eth0"], check=True)
            self.dials = counter(self.bot.host, "tcp flags & (syn|ack) == syn")

        def attack(self, *what, seconds):
            before = self.bot.resident_kib()
            enemy = Process("enemy", [*self.enemy.prefix, sys.executable, HERE / "mdns_packets.py", *what])
            status = enemy.wait(seconds)
            assert status == 0, enemy.tail()
            grown = self.bot.resident_kib() - before
            assert grown < 8 * 1024, f"it grew by {grown} KiB"
            mark = self.bot.mark()
            self.bot.hears(self.crowd.bots[1], 5, mark)
            return f"{grown} KiB more"

        def flood(self):
            dials, start = self.dials(), time.monotonic()
            note = self.attack("flood", "20000", seconds=60)
            minutes = (time.monotonic() - start) / 60
            dials = self.dials() - dials
            # Twenty at once, twenty a minute; each has one address here, and TCP asks again while nobody answers.
            assert dials <= (20 + 20 * minutes) * 5, f"{dials} packets to made-up peers in {minutes:.1f} min"
            return f"{note}, {dials} SYNs in {minutes * 60:.0f} s"

        def junk(self):
            return self.attack("junk", "7000", seconds=60)

        def finds_friends(self):
            """Not for as long as the made-up ones are believed, but those known before are connected, and newcomers find us."""
            friend = self.stage.add(Bot(self.crowd.switch.host(), "--mdns"))
            friend.wait_connected(self.bot.id, 20)

    runner.scenario("switch: a neighbour that sends what it likes", Attacked, [
        ("junk: damaged packets, pointers in circles, 9 KB and more", Attacked.junk, 80),
        ("20,000 made-up peers: no storm of dials, no growth", Attacked.flood, 80),
        ("a newcomer still gets to us", Attacked.finds_friends)])


def silent(runner):
    def prepare(stage):
        switch = stage.add(Switch())
        host = switch.host()
        packets = counter(host, "udp dport 5353")
        stage.add(Bot(host))
        return packets

    def nothing(packets):
        time.sleep(5)
        assert packets() == 0, f"{packets()} packets of mDNS"

    runner.scenario("switch: a bot without --mdns", prepare, [("sends no packet of mDNS", nothing)])


def names(runner):
    class Named:
        """A bot that another is told of by a /dnsaddr, and the name server of their network."""

        def __init__(self, stage):
            self.switch = stage.add(Switch())
            self.far, self.near, server = (self.switch.host() for _ in range(3))
            self.known = stage.add(Bot(self.far))
            # What `ip netns exec` shows as /etc/resolv.conf.
            folder = Path("/etc/netns") / self.near.name
            folder.mkdir(parents=True)
            stage.cleanup.callback(shutil.rmtree, folder)
            (folder / "resolv.conf").write_text(f"nameserver 10.77.0.250\nnameserver {server.address}\n")
            address = f"/ip4/{self.far.address}/tcp/{PORT}/p2p/{self.known.id}"
            stage.add(Process("name server", [
                *server.prefix, sys.executable, HERE / "mdns_packets.py", "serve", "_dnsaddr.boot.example", "v=spf1 -all",
                f"dnsaddr=/ip4/{self.far.address}/udp/{PORT}/quic-v1/p2p/{self.known.id}", "dnsaddr=" + address,
            ])).wait_line("serving")
            self.asker = stage.add(Bot(self.near, "--connect", f"/dnsaddr/boot.example/p2p/{self.known.id}"))

        def connected(self):
            self.asker.wait_connected(self.known.id, 20)
            self.asker.hears(self.known)

    runner.scenario("switch: a /dnsaddr, a name server that is silent, and one that cuts short", Named, [
        ("is resolved, by TCP in the end, and dialled", Named.connected)])


def run(runner):
    for part in (ten, trouble, families, foreign, hostile, silent, names):
        part(runner)
