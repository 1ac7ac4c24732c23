"""The place where uc-bot meets its enemies, with a friend who watches."""
import secrets
import socket
import threading
import time

import protobuf
from p2pd import P2PD
from peers import MESH_SECONDS
from raw_peer import MULTISTREAM, NOISE, Noise, RawPeer, Wire, line
from ucbot import ECHO, SCRIPTS, UCBot

DEADLINE = 15 + 5  # what a silent newcomer is given, and some margin for a loaded machine
MAY_GROW_MIB = 16
HUGE = protobuf.varint(2**31)


class Enemy:
    """A server that uc-bot is told to dial, and that says `greeting`, then nothing."""

    def __init__(self, greeting):
        self.listener, self.greeting, self.kept = socket.create_server(("127.0.0.1", 0)), greeting, []
        self.address = f"/ip4/127.0.0.1/tcp/{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                self.kept = self.kept[-8:] + [connection]
                connection.sendall(self.greeting)
        except OSError:
            pass

    def stop(self):
        self.listener.close()


ENEMIES = {
    "says nothing": b"",
    "says garbage": secrets.token_bytes(4096),
    "says 2^31 as a length": HUGE,
    "agrees to /noise, then sends 65535 bytes of junk": line(MULTISTREAM) + line(NOISE) + b"\xff\xff" + bytes(65535),
}


class Quiet:
    """Opens a connection, says so much and no more, and notes in the background when it was closed."""

    def __init__(self, port, opening, dribble=b""):
        self.seconds, self.failure = None, None
        self.thread = threading.Thread(target=self._watch, args=(port, opening, dribble), daemon=True)
        self.thread.start()

    def _watch(self, port, opening, dribble):
        try:
            start = time.monotonic()
            wire = opening(port)
            if dribble:
                threading.Thread(target=self._dribble, args=(wire, dribble), daemon=True).start()
            wire.seconds_to_close(DEADLINE + 10)
            self.seconds = time.monotonic() - start
        except Exception as error:
            self.failure = error

    @staticmethod
    def _dribble(wire, text):
        try:
            for byte in text:
                wire.send(bytes([byte]))
                time.sleep(1)
        except OSError:
            pass

    def closed_in_time(self):
        self.thread.join(DEADLINE + 15)
        assert self.failure is None, self.failure
        assert self.seconds is not None and self.seconds <= DEADLINE, f"closed after {self.seconds} s"
        return f"closed after {self.seconds:.1f} s"


def with_header(port):
    wire = Wire(port)
    wire.send(line(MULTISTREAM))
    return wire


QUIET = {
    "silence from the start": (Wire,),
    "one byte a second": (Wire, line(MULTISTREAM) + line("/" + "x" * 100)),
    "silence after the multistream header": (with_header,),
    "silence after /noise": (lambda port: Wire(port).agree(NOISE),),
    "silence after the Noise handshake": (Noise,),
}


class Battlefield:
    answered = 0

    def __init__(self, stage):
        self.enemies = {name: stage.add(Enemy(greeting)) for name, greeting in ENEMIES.items()}
        self.friend = stage.add(P2PD())
        dials = [part for enemy in self.enemies.values() for part in ("--connect", enemy.address)]
        self.bot = stage.add(UCBot(*dials, scripts=(ECHO, SCRIPTS / "misbehaving.lua")))
        self.friend.connect(self.bot.address)
        self.bot.wait_connected(self.friend.id)
        time.sleep(MESH_SECONDS)
        self.quiet = {name: Quiet(self.bot.port, *script) for name, script in QUIET.items()}
        for number in range(3):
            self.answers(f"warm {number}")
        self.resident = self.bot.resident_kib()

    def answers(self, text=None):
        """The bot answers our friend."""
        # A script says ten texts a second and no more.
        time.sleep(max(0, self.answered + 0.15 - time.monotonic()))
        self.answered = time.monotonic()
        text = text or secrets.token_hex(6)
        after = self.friend.mark()
        self.friend.publish("!echo " + text)
        self.friend.expect(self.bot.id, lambda heard: heard.startswith("echo: " + text), 10, after)

    def unharmed(self, may_grow=MAY_GROW_MIB):
        assert self.bot.alive, f"uc-bot has ended with {self.bot.popen.returncode}"
        self.answers()
        grown = (self.bot.resident_kib() - self.resident) / 1024
        assert grown < may_grow, f"uc-bot has grown by {grown:.1f} MiB"
        return f"{grown:+.1f} MiB"

    def raw(self, **options):
        return RawPeer(self.bot.port, **options)
