"""How long it takes from a line that alice types at `uc-bot chat` to the line that bob sees, each in a terminal."""
import fcntl
import os
import pty
import re
import select
import subprocess
import tempfile
import termios
import time

import ucbot


class Terminal:
    """uc-bot chat in a pseudo-terminal, without a thread between it and the clock."""

    def __init__(self, nick, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="uc-bench-chat-")
        self.master, slave = pty.openpty()
        self.seen = b""
        command = [
            ucbot.PROGRAM, "chat", "--nick", nick, "--listen", "/ip4/127.0.0.1/tcp/0", "--no-intro", *arguments]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=self.folder.name,
            env=ucbot.environment(self.folder.name), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def read(self):
        """What is there to be read, at once."""
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)

    def wait(self, pattern, seconds=10):
        """Sleeps until the pattern is on the terminal."""
        deadline = time.perf_counter() + seconds
        while not (match := re.search(pattern, self.seen)):
            if not select.select([self.master], [], [], max(0, deadline - time.perf_counter()))[0]:
                raise SystemExit(f"bench: /{pattern}/ never came: {self.seen[-500:]}")
            self.seen += os.read(self.master, 65536)
        return match

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def stop(self):
        self.type("/quit")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self.master)
        self.folder.cleanup()


def latencies(lines=500, pause=0.01):
    """Milliseconds of each line, in order of size; `pause` seconds between two, as nobody types faster."""
    alice = Terminal("alice")
    address = alice.wait(rb"Listening on: (/ip4/127\.0\.0\.1/tcp/\d+/p2p/\w+)")[1].decode()
    bob = Terminal("bob", "-c", address)
    for each in (alice, bob):
        each.wait(rb"subscribed to 'universal-connectivity'")
        each.wait(rb"round trip time")
    taken = []
    for number in range(lines):
        alice.read()
        alice.seen, bob.seen = b"", b""
        begin = time.perf_counter()
        alice.type(f"this is line number {number}")
        bob.wait(rb"\]: this is line number %d\r\n" % number)
        taken.append((time.perf_counter() - begin) * 1000)
        time.sleep(pause)
    alice.stop()
    bob.stop()
    return sorted(taken)
