"""The command: what it says to wrong use, and how it starts, ends and talks on a console."""
import json
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from processes import Process
from ucbot import ECHO, PROGRAM, UCBot, environment

CRASH = r"Fatal error|Crash|Stack dump|backtrace|Illegal instruction|Segmentation|AddressSanitizer"


class Folder:
    """A scratch folder that is the command's home and working directory."""

    def __init__(self, stage):
        self.stage, self.folder = stage, tempfile.TemporaryDirectory(prefix="uc-bot-command-")
        self.path = Path(self.folder.name)
        stage.cleanup.callback(self.folder.cleanup)

    def file(self, name, content, mode=0o600):
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def start(self, *arguments, stdin=subprocess.DEVNULL, **variables):
        """uc-bot with exactly these arguments."""
        process = Process(
            "uc-bot", [PROGRAM, *arguments], cwd=self.path, stdin=stdin,
            env={**environment(self.path), **variables})
        self.stage.processes[:] = [process]
        self.stage.cleanup.callback(process.stop)
        return process

    def refused(self, *arguments, says, timeout=15, most_mib=200, **variables):
        """It ends by itself with an error status and one line on standard error, in which `says` is found."""
        process, most, deadline = self.start(*arguments, **variables), 0, time.monotonic() + timeout
        while process.alive and time.monotonic() < deadline:
            try:
                most = max(most, process.resident_kib())
            except (AssertionError, OSError, IndexError):
                pass  # it has just ended
            time.sleep(0.01)
        assert not process.alive, f"still running after {timeout} s: {process.tail(3)}"
        status, errors = process.wait(1), process.text("stderr").strip()
        assert 0 < status < 126, f"exit status {status}: {errors[-200:]}"
        assert not re.search(CRASH, process.text()), f"it crashed: {errors[-300:]}"
        assert re.search(says, errors), f"no {says!r} in: {errors!r}"
        # The argument parser adds how the command is used.
        lines = [each for each in re.split(r"^(?:Usage|Help):", errors, flags=re.M)[0].splitlines() if each.strip()]
        assert len(lines) == 1, f"{len(lines)} lines: {errors}"
        assert most < most_mib * 1024, f"it took {most / 1024:.0f} MiB"
        return lines[0]


def script(folder, content, *arguments, says, **options):
    name = folder.file("bad.lua", content)
    return folder.refused(name, "--listen", "/ip4/127.0.0.1/tcp/0", *arguments, says=says, **options)


def echo(folder, *arguments, says, **options):
    return folder.refused(ECHO, *arguments, says=says, **options)


def identity(content):
    return lambda folder: echo(
        folder, "--identity", folder.file("short.key", content), "--listen", "/ip4/127.0.0.1/tcp/0", says="short.key")


def port_in_use(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        return echo(folder, "--listen", f"/ip4/127.0.0.1/tcp/{port}", says=f"{port}.*in use|in use.*{port}")


REFUSED = [
    ("a script that does not exist", lambda f: f.refused("nowhere.lua", says="nowhere.lua")),
    ("a script that is a folder", lambda f: f.refused(f.path, says=re.escape(f.path.name))),
    ("a syntax error, with its line", lambda f: script(f, "local a = 1\n\nlocal b = = 2\n", says=r"bad\.lua:3:")),
    ("an error at the top level, with its line", lambda f: script(f, "\nerror('no')\n", says=r"bad\.lua:2:.*no")),
    ("a script of binary", lambda f: script(f, b"\x1bLua\x54\x00\x19\x93", says=r"bad\.lua")),
    ("a script that loops for ever", lambda f: script(f, "while true do end", says=r"bad\.lua", timeout=40), 60),
    ("a loop inside a coroutine inside pcall", lambda f: script(
        f, "while true do pcall(coroutine.wrap(function() while true do end end)) end", says=r"bad\.lua", timeout=40),
     60),
    ("a script that eats memory", lambda f: script(
        f, "local t = {} while true do t[#t + 1] = string.rep('x', 100000) .. #t end", says="memory", timeout=40), 60),
    ("no script", lambda f: f.refused(says="(?i)script")),
    ("an unknown option", lambda f: echo(f, "--frobnicate", says="frobnicate")),
    ("a log level that is none", lambda f: echo(f, "--log-level", "loudly", says="loudly")),
    ("a port that is none", lambda f: echo(f, "-p", "99999", says="99999")),
    ("--connect with no address", lambda f: echo(f, "--connect", "somewhere", says="somewhere")),
    ("--connect with a broken address", lambda f: echo(f, "--connect", "/ip4/300.1.1.1/tcp/1", says="300.1.1.1")),
    ("--connect with a broken peer id", lambda f: echo(
        f, "--connect", "/ip4/127.0.0.1/tcp/1/p2p/12D3Koo0", says="12D3Koo0")),
    ("--connect with an address that cannot be dialled", lambda f: echo(
        f, "--connect", "/ip4/127.0.0.1/udp/1/quic-v1", says="quic-v1")),
    ("REMOTE_PEER with a broken address", lambda f: echo(
        f, says="nonsense", REMOTE_PEER="/nonsense/1")),
    ("--listen with a broken address", lambda f: echo(f, "--listen", "/ip4/1/tcp", says="/ip4/1/tcp")),
    ("--listen on somebody else's address", lambda f: echo(
        f, "--listen", "/ip4/192.0.2.1/tcp/0", says=r"192\.0\.2\.1")),
    ("--listen on a port in use", port_in_use),
    ("an identity cut short", identity(b"\x08\x01\x12\x40" + bytes(20))),
    ("an empty identity", identity(b"")),
    ("an identity of garbage", identity(b"\xff" * 68)),
    ("an identity whose folder does not exist", lambda f: echo(
        f, "--identity", "no/such/folder/id.key", says="no/such/folder/id.key")),
]


# How it lives

def shows_help(folder):
    for arguments, wanted in (("--help",), "uc-bot"), (("run", "--help"), "--connect"), (("--version",), r"\d+\.\d+"):
        process = folder.start(*arguments)
        assert process.wait(10) == 0, f"{arguments}: exit status {process.popen.returncode}"
        assert re.search(wanted, process.text("stdout")), f"{arguments}: no {wanted} in the output"


def ends_on(number):
    def case(folder):
        farewell = folder.file("farewell.lua", "uc.on('stop', function() print('farewell') end)\n")
        bot = folder.stage.add(UCBot(scripts=(farewell,)))
        status, seconds = bot.terminate(number)
        assert status == 0, f"exit status {status}"
        assert seconds < 1, f"it took {seconds:.2f} s"
        assert "farewell" in bot.text(), "the stop handler did not run"
        return f"{seconds:.2f} s"

    return case


def identity_is_kept(folder):
    key, names = folder.path / "own.key", []
    for _ in range(2):
        process = folder.start(ECHO, "--identity", key, "--listen", "/ip4/127.0.0.1/tcp/0")
        names.append(process.wait_line(r"Local peer id: (\w+)", 10)[1])
        process.wait_line("Listening on: ")
        process.stop()
    assert names[0] == names[1], f"a new id the second time: {names}"
    status = key.stat()
    assert status.st_size == 68, f"{status.st_size} bytes"
    assert status.st_mode & 0o777 == 0o600, oct(status.st_mode)


def several_listeners(folder):
    process = folder.start(
        ECHO, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", "--listen", "/ip6/::1/tcp/0")
    process.wait_line(r"Listening on: /ip4/127\.0\.0\.1/tcp/[1-9]\d*/p2p/\w+", 10)
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return "this machine has no IPv6 loopback, so only IPv4 was seen"
    process.wait_line(r"Listening on: /ip6/::1/tcp/[1-9]\d*/p2p/\w+", 10)


def keeps_dialling(folder):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = folder.start(
        ECHO, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", "--connect", f"/ip4/127.0.0.1/tcp/{port}")
    lines = process.wait_lines(r"Failed to connect to \S+: (.+); trying again in ([\d.]+) ?s", 3, 25)
    return f"{lines[0][1]}; again after " + ", ".join(each[2] for each in lines) + " s"


def remote_peers(folder):
    """REMOTE_PEER and REMOTE_PEERS do what --connect does."""
    first, second = (folder.stage.add(UCBot()) for _ in range(2))
    process = folder.start(
        ECHO, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", REMOTE_PEER=first.address,
        REMOTE_PEERS=second.address)
    process.wait_line(f"Connected to: {first.id}")
    process.wait_line(f"Connected to: {second.id}")


def json_log(folder):
    process = folder.start(ECHO, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", "--log", "json")
    process.wait_line(r"/p2p/\w+", 10)
    process.stop()
    lines = [text for _, text in process.lines if text.strip()]
    for each in lines:
        assert isinstance(json.loads(each), dict), each
    return f"{len(lines)} lines"


def console_piped(folder):
    process = folder.start(ECHO, "--console", "--identity", "k", stdin=subprocess.PIPE)
    start = time.monotonic()
    process.popen.stdin.write(b"!echo hi\n")
    process.popen.stdin.close()
    status = process.wait(15)
    assert status == 0, f"exit status {status}"
    process.wait_line(r"echo: hi", 1)
    return f"answered and ended after {time.monotonic() - start:.2f} s"


def console_spoken(folder):
    """A line at a time, as typed, with the pipe kept open."""
    process = folder.start(ECHO, "--console", "--identity", "k", stdin=subprocess.PIPE)
    for word in ("one", "two"):
        process.popen.stdin.write(f"!echo {word}\n".encode())
        process.popen.stdin.flush()
        process.wait_line(f"echo: {word}", 10)
    assert process.alive


def console_of_nothing(folder):
    process = folder.start(ECHO, "--console", "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0")
    said = process.wait_line(r"(?i)standard input", 10).string
    time.sleep(2)
    assert process.alive, "it ended"
    return said


LIFE = [
    ("--help, run --help and --version", shows_help),
    ("SIGTERM ends it within a second, stop handlers run", ends_on(signal.SIGTERM)),
    ("Ctrl-C ends it within a second, stop handlers run", ends_on(signal.SIGINT)),
    ("the identity is made once, 68 bytes, mode 0600", identity_is_kept),
    ("several listen addresses", several_listeners),
    ("a dial that fails is tried again", keeps_dialling),
    ("REMOTE_PEER and REMOTE_PEERS", remote_peers),
    ("--log json", json_log),
    ("a console with piped input answers and ends", console_piped),
    ("a console that is spoken to", console_spoken),
    ("a console with nothing on standard input", console_of_nothing),
]


def run(runner):
    runner.scenario("uc-bot used wrongly", Folder, REFUSED)
    runner.scenario("uc-bot's life", Folder, LIFE)
