"""People at `uc-bot chat`: the real command in a terminal of its own, and what is typed there."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import Process
from ucbot import ID, PROGRAM, environment

# Runs a command in a new pseudo-terminal, copies what goes in and out, and ends with its exit status.
IN_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Chatter(Process):
    """Somebody who chats; `.lines` is what the terminal has shown, what was typed included."""

    def __init__(self, nick, *arguments, address="/ip4/127.0.0.1/tcp/0", terminal=True, variables=None, **options):
        self.folder = tempfile.TemporaryDirectory(prefix=f"uc-bot-chat-{nick}-")
        self.home = Path(self.folder.name)
        command = [PROGRAM, "chat", "--nick", nick, *(["--listen", address] if address else []), *arguments]
        super().__init__(
            nick, [sys.executable, "-c", IN_TERMINAL, *command] if terminal else command, cwd=self.home,
            env={**environment(self.home), **(variables or {})}, stdin=subprocess.PIPE, **options)
        self.wait_line(r"Starting Universal Connectivity Application\.\.\.", 10)
        self.id = self.wait_line(rf"Local peer id: ({ID})", 10)[1]
        self.address = self.wait_line(rf"Listening on: (/ip4/127\.0\.0\.1/tcp/[1-9]\d*/p2p/{self.id})", 10)[1]
        if terminal:
            self.wait_line("Commands: /peers, /status, /multiaddr", 10)

    @property
    def short(self):
        return self.id[-8:]

    @property
    def downloads(self):
        return self.home / "Downloads/uc-bot"

    def type(self, line):
        self.press(line + "\n")

    def press(self, keys):
        self.popen.stdin.write(keys.encode())
        self.popen.stdin.flush()

    def hears(self, peer, text, after=0, timeout=10):
        """A line of somebody, given by the peer's id."""
        return self.wait_line(rf"^\[{peer[-8:]}\]: {re.escape(text)}$", timeout, after)

    def leaves(self, line="/quit", timeout=5):
        """Types that it wants to leave; the exit status is to be 0, after a goodbye."""
        self.type(line)
        self.said_goodbye(timeout)

    def said_goodbye(self, timeout=5):
        status = self.wait(timeout)
        assert status == 0, f"exit status {status}"
        # Keys are echoed before it, and a bar may have been taken away.
        assert self.matches(r"(?:^|\^[CD]|\x1b\[K)Goodbye!$"), "it did not say goodbye"

    def stop(self):
        super().stop()
        self.folder.cleanup()
