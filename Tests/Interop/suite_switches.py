"""The switches of a peer, seen by py-libp2p: the form of what is said, the room, the agent, messages without signature."""
import json
import time

from peers import MESH_SECONDS, TOPIC
from protobuf import decode
from pylibp2p import PyLibp2p
from ucbot import SCRIPTS, UCBot

CODECS = "raw", "flat", "oneof", "json"


def said(codec, data, author):
    """The text in a payload, which must be of the codec's form to the letter (wire.md §4.1, §4.2)."""
    now = lambda seconds: abs(seconds - time.time()) < 60
    if codec == "raw":
        return data.decode()
    if codec == "flat":
        fields = decode(data)
        assert sorted(fields) == [1, 2, 3], f"fields {sorted(fields)}"
        assert fields[1] == [author.encode()] and now(fields[3][0]), fields
        return fields[2][0].decode()
    if codec == "oneof":
        fields = decode(data)
        assert list(fields) == [1] and list(chat := decode(fields[1][0])) == [1], fields
        return chat[1][0].decode()
    fields = json.loads(data)
    assert sorted(fields) == ["message", "sender_id", "sender_nick", "timestamp"], fields
    assert fields["sender_id"] == author and fields["sender_nick"] == "Eve" and now(fields["timestamp"]), fields
    return fields["message"]


class Pair:
    """py-libp2p and uc-bot in one room, connected for long enough to have a mesh."""

    def __init__(self, stage, *arguments, **options):
        self.peer = stage.add(PyLibp2p(**options))
        self.bot = stage.add(UCBot(*arguments, scripts=(SCRIPTS / "repeater.lua",)))
        self.peer.connect(self.bot.address)
        self.bot.wait_connected(self.peer.id)
        self.bot.wait_line(rf"Peer {self.peer.id} subscribed to '{options.get('topic', TOPIC)}'")
        time.sleep(MESH_SECONDS)

    def talks(self, codec="raw"):
        self.peer.publish(f"a question in {codec}")
        self.bot.wait_chat(self.peer.id, f"a question in {codec}")
        message = self.peer.expect(self.bot.id, lambda text: "heard" in text)
        assert (text := said(codec, message.data, self.bot.id)) == f"heard: a question in {codec}", text
        return f"{len(message.data)} bytes"

    def bytes(self):
        self.peer.publish("bytes, please")
        message = self.peer.expect(self.bot.id, lambda text: "as they are" in text)
        assert message.data == b"\xff as they are", message.data

    def elsewhere(self):
        self.talks()
        joined = [match[1] for match in self.bot.matches("^Subscribed to topic: (.*)")]
        assert "lobby" in joined and not set(joined) - {"lobby", "lobby-file"}, joined

    def introduced(self):
        agent = self.peer.identify(self.bot.id).agent
        assert agent == "somebody/1.2 (else)", agent


class Unsigned:
    """py-libp2p as the seed's peers have it, which sign nothing; one bot that takes it, and one that does not."""

    def __init__(self, stage):
        self.peer = stage.add(PyLibp2p(strict_signing=False))
        self.lax = stage.add(UCBot("--no-strict-signing"))
        self.strict = stage.add(UCBot())
        for bot in (self.lax, self.strict):
            self.peer.connect(bot.address)
            bot.wait_connected(self.peer.id)
        time.sleep(MESH_SECONDS)

    def heard(self):
        self.peer.publish("nobody signed this")
        self.lax.wait_chat(self.peer.id, "nobody signed this")

    def unheard(self):
        time.sleep(1)
        assert not self.strict.matches("nobody signed this")


def run(runner):
    for codec in CODECS:
        runner.scenario(
            f"py hears uc-bot --codec {codec}", lambda stage: Pair(stage, "--codec", codec, "--nick", "Eve"), [
                ("what a bot says has this form", lambda pair: pair.talks(codec)),
                ("what uc.publish sends is left as it is", Pair.bytes)])
    runner.scenario("py and uc-bot --room lobby", lambda stage: Pair(stage, "--room", "lobby", topic="lobby"), [
        ("they talk there, and only there", Pair.elsewhere)])
    runner.scenario("py meets uc-bot --agent", lambda stage: Pair(stage, "--agent", "somebody/1.2 (else)"), [
        ("identify tells it", Pair.introduced)])
    runner.scenario("py signs nothing", Unsigned, [
        ("uc-bot --no-strict-signing hears it", Unsigned.heard), ("uc-bot without it does not", Unsigned.unheard)])
