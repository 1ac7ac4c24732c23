"""The real uc-bot in a process of its own, and the lines that it prints."""
import os
import re
import signal
import tempfile
import time
from pathlib import Path

from processes import Process

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("UC_BOT") or REPOSITORY / ".build/release/uc-bot").resolve()
ECHO = REPOSITORY / "bots/echo.lua"
SCRIPTS = Path(__file__).with_name("scripts")
ID = r"(?:12D3KooW|Qm|16Uiu2)\w+"


# What would change how it runs.
FORGOTTEN = "REMOTE_PEER", "BOOTSTRAP_PEERS", "LISTEN_ADDRS", "UC_", "XDG_"


def environment(home):
    """Nothing of the caller's surroundings: no peers to dial, no identity to find."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FORGOTTEN)}
    return {**kept, "HOME": str(home), "TZ": "UTC"}


class UCBot(Process):
    name = "uc-bot"

    def __init__(self, *arguments, scripts=(ECHO,), listen=True, variables=None, host=None, **options):
        assert PROGRAM.exists(), f"no uc-bot at {PROGRAM}: swift build -c release --product uc-bot"
        self.folder = tempfile.TemporaryDirectory(prefix="uc-bot-")
        command = [*(host.prefix if host else []), PROGRAM, *scripts, "--identity", self.folder.name + "/identity.key", *arguments]
        if listen:
            command += ["--listen", "/ip4/127.0.0.1/tcp/0"]
        super().__init__(
            "uc-bot", command, cwd=self.folder.name, env={**environment(self.folder.name), **(variables or {})},
            **options)
        if listen:
            self.wait_line(r"Starting Universal Connectivity Application\.\.\.", 10)
            self.id = self.wait_line(rf"Local peer id: ({ID})", 10)[1]
            # With --workshop it stands in the log.
            self.address = self.wait_line(rf"[Ll]istening on:? (/ip4/127\.0\.0\.1/tcp/[1-9]\d*/p2p/{self.id})", 10)[1]

    @property
    def port(self):
        return int(re.search(r"/tcp/(\d+)", self.address)[1])

    def wait_connected(self, peer, timeout=15, after=0):
        return self.wait_line(rf"Connected to: {peer} via (\S+)", timeout, after)

    def wait_chat(self, author, text, timeout=10, after=0):
        """The chat line: the last eight characters of the author's id, and the text."""
        return self.wait_line(rf"\[{author[-8:]}\]:? {re.escape(text)}", timeout, after)

    def terminate(self, number=signal.SIGTERM, timeout=10):
        """-> (exit status, seconds until it ended)."""
        start = time.monotonic()
        self.signal(number)
        return self.wait(timeout), time.monotonic() - start

    def stop(self):
        super().stop()
        self.folder.cleanup()
