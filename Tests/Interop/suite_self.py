"""The harness tried on the foreign peers among themselves, without uc-bot: what fails here is not uc-bot's fault."""
import time

from kubo import Kubo
from p2pd import P2PD
from peers import MESH_SECONDS, check_signature, eventually
from pylibp2p import PyLibp2p

PEERS = {"p2pd": P2PD, "kubo": Kubo, "py": PyLibp2p}


class Pair:
    def __init__(self, dialler, listener):
        self.dialler, self.listener = dialler, listener

    def connected(self):
        for one, other in ((self.dialler, self.listener), (self.listener, self.dialler)):
            eventually(one.connected, lambda peers: other.id in peers, lambda _: f"{one.name} does not list {other.name}")

    def identify(self):
        for asker, other in ((self.dialler, self.listener), (self.listener, self.dialler)):
            seen = asker.identify(other.id)
            assert seen.peer == other.id, f"{asker.name} sees the key of {seen.peer}"
            assert seen.agent is None or seen.agent.startswith(other.agent), f"{asker.name} sees agent {seen.agent!r}"

    def ping(self):
        trips = self.dialler.ping(self.listener.id, 3) + self.listener.ping(self.dialler.id, 3)
        assert len(trips) == 6

    def chat(self):
        notes = []
        for speaker, hearer in ((self.dialler, self.listener), (self.listener, self.dialler)):
            text = f"hello from {speaker.name}"
            speaker.publish(text)
            message = hearer.expect(speaker.id, lambda heard: heard == text)
            if hearer.name != "kubo":
                notes.append(check_signature(message))
        return "; ".join(notes)


def run(runner):
    for first in PEERS:
        for second in PEERS:

            def prepare(stage):
                pair = Pair(stage.add(PEERS[first]()), stage.add(PEERS[second]()))
                pair.dialler.connect(pair.listener.address)
                time.sleep(MESH_SECONDS)
                return pair

            runner.scenario(f"self: {first} dials {second}", prepare, [
                ("connected", Pair.connected), ("identify both ways", Pair.identify), ("ping both ways", Pair.ping),
                ("signed chat both ways", Pair.chat)])
