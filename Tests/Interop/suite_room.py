"""What universal-connectivity adds to libp2p, spoken by py-libp2p and the bytes of wire.md: nothing of uc-bot's own."""
import json
import time

from peers import MESH_SECONDS, eventually
from protobuf import decode, delimited, encode, read_varint
from pylibp2p import PyLibp2p
from ucbot import SCRIPTS, UCBot

DIRECT = "/universal-connectivity/dm/1.0.0"


def request(content, kind="text/plain", metadata=True):
    fields = encode((1, "0.0.1"), (2, 1_700_000_000_000))
    return delimited(encode((1, fields if metadata else None), (2, content), (3, kind)))


class Room:
    """py-libp2p in the room with uc-bot, which it has dialled."""

    def __init__(self, stage):
        self.peer = stage.add(PyLibp2p())
        self.peer.serve(DIRECT, delimited(encode((1, encode((1, "0.0.1"), (2, 1))), (2, 200))))
        self.bot = stage.add(UCBot(scripts=(SCRIPTS / "private.lua",)))
        self.peer.connect(self.bot.address)
        self.bot.wait_connected(self.peer.id)
        self.mesh_at = time.monotonic() + MESH_SECONDS

    # direct messages

    def advertised(self):
        eventually(
            lambda: self.peer.identify(self.bot.id).protocols, lambda names: DIRECT in names,
            lambda names: f"{DIRECT} is not among {names}")

    def ask(self, message):
        """-> (status, status text) of the answer, which has to come while our side of the stream is open."""
        answer = self.peer.exchange(self.bot.id, DIRECT, message, size=3)
        size, at = read_varint(answer)
        assert size == len(answer) - at, f"{len(answer) - at} bytes came, {size} were announced"
        fields = decode(answer[at:])
        metadata = decode(fields[1][0])
        assert metadata[1] == [b"0.0.1"], f"clientVersion {metadata.get(1)}"
        assert abs(metadata[2][0] / 1000 - time.time()) < 60, f"timestamp {metadata[2][0]} is not now in milliseconds"
        return fields[2][0], fields.get(3, [b""])[0].decode()

    def direct(self):
        status, why = self.ask(request("psst, grüße"))
        assert status == 200, f"status {status}: {why}"
        self.bot.wait_line(rf"\[{self.peer.id[-8:]}\] to you: psst, grüße")

    def answered(self):
        assert self.ask(request("answer me"))[0] == 200
        eventually(lambda: len(self.peer.asked), lambda count: count, lambda _: "the bot sent no direct message")
        size, at = read_varint(self.peer.asked[0])
        fields = decode(self.peer.asked[0][at : at + size])
        assert decode(fields[1][0])[1] == [b"0.0.1"] and fields[3] == [b"text/plain"], fields
        assert fields[2] == ["you said: answer me".encode()], fields[2]
        self.bot.wait_line("it was taken: true")

    def refused(self):
        reasons = []
        for message in (request("hi", metadata=False), request("hi", kind="text/html"), request("")):
            status, why = self.ask(message)
            assert status == 500 and why, f"status {status}, text {why!r}"
            reasons.append(why)
        assert not self.bot.matches(r"to you: hi"), "it was delivered all the same"
        return "; ".join(reasons)

    def many(self):
        # More than may be open at one time, each left open by us as js does.
        for number in range(20):
            assert self.ask(request(f"number {number}"))[0] == 200
        self.bot.wait_line("to you: number 19")

    # payloads

    def payloads(self):
        time.sleep(max(0, self.mesh_at - time.monotonic()))
        person = {"sender_id": self.peer.id, "sender_nick": "py", "timestamp": time.time()}
        forms = {
            "flat": encode((1, self.peer.id), (2, "said flat"), (3, int(time.time()))),
            "oneof": encode((1, encode((1, "said oneof")))),
            "seed": json.dumps({"message": "said seed", **person}).encode(),
            "lesson 6": json.dumps({"from": self.peer.id, "message": "said lesson 6", "message_type": "chat"}).encode(),
            "dotnet": json.dumps({"Message": "said dotnet", "SenderID": self.peer.id, "SenderNick": "net"}).encode(),
            "js": json.dumps({"type": 1, "chat": {"message": "said js"}}).encode(),
            "raw": b"said raw",
        }
        for name, payload in forms.items():
            self.peer.publish_bytes(payload)
            self.bot.wait_line(rf"\[{self.peer.id[-8:]}\]: said {name}$")
        return ", ".join(forms)

    def rubbish(self):
        time.sleep(max(0, self.mesh_at - time.monotonic()))
        for payload in (b"\x0a\xff\xff", b"{", b"\xff\xfe", b"[FILE]{", b"\x0a" * 5000):
            self.peer.publish_bytes(payload)
        self.peer.publish("said after rubbish")
        self.bot.wait_chat(self.peer.id, "said after rubbish")


def run(runner):
    runner.scenario("py speaks the application's protocols to uc-bot", Room, [
        ("uc-bot tells that it takes direct messages", Room.advertised),
        ("a direct message arrives, and is answered", Room.direct),
        ("a bot answers one privately, and py takes it", Room.answered),
        ("one without metadata, of another type, or empty is refused with the reason", Room.refused),
        ("twenty whose streams py leaves open", Room.many),
        ("every form of chat payload is understood", Room.payloads),
        ("what is no payload at all harms nothing", Room.rubbish)])
