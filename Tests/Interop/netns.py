"""A private network on this machine: hosts that are network namespaces, with cables into one switch.

    with Switch() as switch:
        alice = switch.host()
        Process("ping", [*alice.prefix, "ping", "-c1", "10.77.0.1"])
        alice.pull_cable(); alice.plug_in(); alice.change_address(); alice.lose(5)

Nothing of it touches the machine's own network: the switch stands in a namespace, too. Needs root, iproute2, and
nftables for `lose`.
"""
import os
import shutil
import subprocess

from peers import NotRun

NETWORK = "10.77.0"


def require():
    """NotRun where namespaces cannot be made; an error in CI, where they can."""
    missing = [each for each in ("ip", "nft") if not shutil.which(each)]
    why = f"{' and '.join(missing)} not installed" if missing else "not root" if os.geteuid() else None
    if not why:
        probe = f"uc{os.getpid()}-probe"
        made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
        if made.returncode == 0:
            subprocess.run(["ip", "netns", "del", probe], check=True)
            return
        why = made.stderr.strip()
    if os.environ.get("CI"):
        raise AssertionError(f"network namespaces should work in CI, and do not: {why}")
    raise NotRun(f"no network namespaces: {why}")


def ip(*arguments):
    done = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"ip {' '.join(map(str, arguments))}: {done.stderr.strip()}")


class Host:
    """A machine with one network card."""

    def __init__(self, switch, number):
        self.switch, self.number = switch, number
        self.name, self.port = f"{switch.name}-{number}", f"v{number}"
        self.address = f"{NETWORK}.{number}"
        ip("netns", "add", self.name)
        # Addresses are there at once, without asking whether somebody else has them.
        subprocess.run(
            [*self.prefix, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"], check=True)
        ip("-n", switch.name, "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("-n", switch.name, "link", "set", self.port, "master", "switch", "up")
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")

    @property
    def prefix(self):
        """What to write before a command so that it runs here."""
        return ["ip", "netns", "exec", self.name]

    def pull_cable(self):
        """At the switch, so that the host sees its card without a carrier."""
        ip("-n", self.switch.name, "link", "set", self.port, "down")

    def plug_in(self):
        ip("-n", self.switch.name, "link", "set", self.port, "up")

    def break_line(self):
        """Somewhere behind the switch: nothing comes through, and the host sees nothing of it."""
        self.lose(100)

    def change_address(self):
        """The old one is gone, as after another DHCP lease."""
        old, self.address = self.address, f"{NETWORK}.{100 + self.number}"
        ip("-n", self.name, "addr", "del", f"{old}/24", "dev", "eth0")
        ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")

    def lose(self, percent):
        """So many of a hundred packets are lost, each way; 0: none any more."""
        rules = "flush ruleset\n"
        if percent:
            chance = f"numgen random mod 100 < {percent} " if percent < 100 else ""
            rules += "table inet line {\n" + "".join(
                f"chain {way} {{ type filter hook {way} priority 0; {card} != lo {chance}drop; }}\n"
                for way, card in (("input", "iifname"), ("output", "oifname"))) + "}\n"
        done = subprocess.run([*self.prefix, "nft", "-f", "-"], input=rules, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"nft: {done.stderr.strip()}")


class Switch:
    """As many hosts as are asked for, all on one network of their own. To be stopped."""

    count = 0

    def __init__(self):
        require()
        Switch.count += 1
        self.name, self.hosts = f"uc{os.getpid()}-{Switch.count}", []
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "add", "switch", "type", "bridge")
        ip("-n", self.name, "link", "set", "switch", "up")

    def host(self):
        host = Host(self, len(self.hosts) + 1)
        self.hosts.append(host)
        return host

    def stop(self):
        for host in self.hosts:
            subprocess.run(["ip", "netns", "del", host.name], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
