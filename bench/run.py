#!/usr/bin/env python3
"""`make bench`: how fast and how big, uc-bot beside go-libp2p's p2pd, in interleaved runs on loopback.

Prints a Markdown table of medians [lowest..highest]. Needs release builds of uc-bot and uc-bench, and, for the columns
of the others, what `Tests/Interop/setup` installs; without it they are left out and said to be. `run.py lua` measures the
bots alone, `run.py chat` how long a typed line takes.
"""
import filecmp
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Interop"))

import chatting  # noqa: E402
import ucbot  # noqa: E402
from peers import HOME, free_port  # noqa: E402

BENCH = Path(os.environ.get("UC_BENCH") or ROOT / ".build/release/uc-bench")
FOLDER = Path(__file__).parent
FLOOD = FOLDER / "flood.lua"
CHOST = Path(os.environ.get("UC_CHOST") or ROOT / ".build/release/chost")
TICKS = os.sysconf("SC_CLK_TCK")
RUNS = int(os.environ.get("RUNS", "5"))
MESSAGES = int(os.environ.get("MESSAGES", "40000"))
P2PD_MESSAGES = int(os.environ.get("P2PD_MESSAGES", "8000"))


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid):
    """(resident, private) in MiB."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        fields[name.rstrip(":")] = int(value)
    return fields["Rss"] / 1024, (fields["Private_Clean"] + fields["Private_Dirty"]) / 1024


def bench(*arguments):
    done = subprocess.run([BENCH, *map(str, arguments)], capture_output=True, text=True, timeout=180)
    if done.returncode:
        raise SystemExit(f"uc-bench {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def start():
    """Milliseconds from fork to the line that tells the first listen address."""
    begin = time.perf_counter()
    bot = ucbot.UCBot("--listen", "/ip4/127.0.0.1/tcp/0", listen=False)
    bot.wait_line("Listening on: ", 10)
    taken = (time.perf_counter() - begin) * 1000
    bot.stop()
    return taken


def idle():
    bot = ucbot.UCBot()
    other = ucbot.UCBot("--connect", bot.address)
    other.wait_connected(bot.id)
    time.sleep(5)
    before = cpu_seconds(bot.pid)
    time.sleep(5)
    result = (*memory_mib(bot.pid), (cpu_seconds(bot.pid) - before) / 5 * 100)
    for each in (bot, other):
        each.stop()
    return result


def ping():
    bot = ucbot.UCBot()
    result = bench("ping", "--connect", bot.address, "--count", "5000")
    bot.stop()
    return result


def quiet_bot(script):
    """A bot that prints no chat, as printing 10 MB a second is not what is measured; and its address."""
    port = free_port()
    address = f"/ip4/127.0.0.1/tcp/{port}"
    bot = ucbot.UCBot("--listen", address, "--log-level", "warning", scripts=(script,), listen=False)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return bot, address
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def flood(size=1024):
    bot, address = quiet_bot(FLOOD)
    before = cpu_seconds(bot.pid)
    result = bench("flood", "--connect", address, "--count", MESSAGES, "--size", size)
    result["cpu_us"] = (cpu_seconds(bot.pid) - before) / result["sent"] * 1e6
    result["peak"] = memory_mib(bot.pid)[0]
    bot.stop()
    return result


def transfer(size=1_000_000_000):
    """A file from one peer's disk to another's: MB a second, and the most memory that each side has had in use."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as folder:
        source, copy = Path(folder) / "source", Path(folder) / "copy"
        with source.open("wb") as file:
            for _ in range(size // 1_000_000):
                file.write(os.urandom(1_000_000))
        offer = subprocess.Popen(
            [BENCH, "offer", "--file", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        offered = json.loads(offer.stdout.readline())
        result = bench("fetch", "--connect", offered["address"], "--id", offered["id"], "--to", copy)
        sender, _ = offer.communicate()
        if not filecmp.cmp(source, copy, shallow=False):
            raise SystemExit("bench: the copy differs from the file")
        return result["mb_per_second"], json.loads(sender)["peak_mib"], result["peak_mib"]


def p2pd_flood(size=1024, window=16):
    """p2pd to p2pd: at most `window` undelivered, which is the most that loses nothing (peers.md)."""
    from p2pd import P2PD

    sender, receiver = P2PD(), P2PD()
    sender.connect(receiver.address)
    time.sleep(2.5)  # go grafts at its heartbeat
    got, room = [0], threading.Semaphore(window)

    def deliver(message):
        if message.data.startswith(b"flood "):
            got[0] += 1
            room.release()

    receiver.deliver = deliver
    before, begin = cpu_seconds(receiver.process.pid), time.perf_counter()
    for number in range(P2PD_MESSAGES):
        if not room.acquire(timeout=5):
            break
        sender.publish((b"flood %d " % number).ljust(size, b"x"))
    deadline = time.monotonic() + 5
    while got[0] < P2PD_MESSAGES and time.monotonic() < deadline:
        time.sleep(0.005)
    seconds = time.perf_counter() - begin
    result = {
        "per_second": got[0] / seconds, "lost": P2PD_MESSAGES - got[0],
        "cpu_us": (cpu_seconds(receiver.process.pid) - before) / max(1, got[0]) * 1e6,
        "peak": memory_mib(receiver.process.pid)[0]}
    sender.stop()
    receiver.stop()
    return result


def p2pd_ping():
    """p2pd pings us: its own stack and its control socket are in the figure."""
    from p2pd import P2PD

    bot, peer = ucbot.UCBot(), P2PD()
    peer.connect(bot.address)
    trips = sorted(peer.ping(bot.id, 300))
    bot.stop()
    peer.stop()
    return trips[len(trips) // 2] * 1e6


def p2pd_idle():
    from p2pd import P2PD

    begin = time.perf_counter()
    peer = P2PD()
    started = (time.perf_counter() - begin) * 1000
    time.sleep(3)
    resident, private = memory_mib(peer.process.pid)
    peer.stop()
    return started, resident, private


def lua(figure, count=1):
    return bench("lua", figure, "--scripts", FOLDER, "--count", count)


def chost(how):
    done = subprocess.run([CHOST, how, "300000", FOLDER / "handler.lua"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["ns"] / 1000


def lua_table():
    """What running bots costs, beside a plain C host: CPU time, in runs one after the other."""
    rows, theirs = {}, {}

    def add(table, **values):
        for name, value in values.items():
            table.setdefault(name, []).append(value)

    for run in range(RUNS):
        print(f"Lua, run {run + 1} of {RUNS}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        add(rows, call=lua("call", 300000)["ns"] / 1000)
        add(theirs, call=chost("coroutine"), pcall=chost("pcall"))
        add(rows, state=lua("state", 200)["ms"])
        sleepers = lua("sleepers", 100000)
        add(rows, sleeper=sleepers["lua_bytes"], sleeper_resident=sleepers["resident_bytes"])
        timers = lua("timers", 100000)
        add(rows, timers=timers["resident_mib"], late=timers["late_p50_ms"], late99=timers["late_p99_ms"])
        add(rows, kill=max(lua("kill").values()))

    lines = [
        ("message handler, message included, µs of CPU", "≤ 2.5", "call", 2),
        ("a new state, script loaded, ms of CPU", "≤ 2", "state", 2),
        ("a run that waits, bytes of Lua memory", "≤ 2048", "sleeper", 0),
        ("… and of the process", "", "sleeper_resident", 0),
        ("100,000 timers, MiB of the process", "≤ 64", "timers", 1),
        ("… fired late by, ms, p50", "≤ 1", "late", 2), ("… p99", "", "late99", 2),
        ("slowest of the kill probes, budget 200 ms", "≤ 240", "kill", 0)]
    print("\n| | goal | uc-bot | C host |\n|---|---|---|---|")
    for title, goal, key, digits in lines:
        other = show(theirs[key], digits) if key in theirs else "–"
        print(f"| {title} | {goal} | {show(rows[key], digits)} | {other} |")
    print(f"\nThe C host calls the handler in a fresh coroutine; by lua_pcall it takes {show(theirs['pcall'], 2)} µs.")


def show(values, digits=0):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}..{high:.{digits}f}]"


def chat():
    """(p50, p99) in milliseconds from a line that is typed to the line that is shown."""
    taken = chatting.latencies()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def chat_table():
    rows = []
    for run in range(RUNS):
        print(f"chat, run {run + 1} of {RUNS}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        rows.append(chat())
    print("| | goal | uc-bot |\n|---|---|---|")
    print(f"| line typed to line shown, ms, p50 | | {show([row[0] for row in rows], 2)} |")
    print(f"| … p99 | ≤ 20 | {show([row[1] for row in rows], 2)} |")


def main():
    if "lua" in sys.argv[1:]:
        return lua_table()
    if "chat" in sys.argv[1:]:
        return chat_table()
    others = (HOME / "p2pd").exists()
    rows, theirs = {}, {}

    def add(table, name, value):
        table.setdefault(name, []).append(value)

    for run in range(RUNS):
        print(f"run {run + 1} of {RUNS}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        for _ in range(5):
            add(rows, "start", start())
        resident, private, load = idle()
        add(rows, "resident", resident)
        add(rows, "private", private)
        add(rows, "idle", load)
        result = ping()
        add(rows, "p50", result["p50_us"])
        add(rows, "p99", result["p99_us"])
        result = flood()
        for key in ("per_second", "lost", "cpu_us", "peak"):
            add(rows, key, result[key])
        for key, value in zip(("file", "sender", "fetcher"), transfer()):
            add(rows, key, value)
        for key, value in zip(("chat50", "chat99"), chat()):
            add(rows, key, value)
        if others:
            started, resident, private = p2pd_idle()
            add(theirs, "start", started)
            add(theirs, "resident", resident)
            add(theirs, "private", private)
            add(theirs, "p50", p2pd_ping())
            result = p2pd_flood()
            for key in ("per_second", "lost", "cpu_us", "peak"):
                add(theirs, key, result[key])

    lines = [
        ("start to listening, ms", "start", 1), ("idle, resident MiB", "resident", 1),
        ("idle, private MiB", "private", 1), ("idle, % of a core", "idle", 2),
        ("ping p50, µs", "p50", 0), ("ping p99, µs", "p99", 0),
        ("1 KiB signed messages a second into the handler", "per_second", 0), ("lost of them", "lost", 0),
        ("receiver's CPU for one, µs", "cpu_us", 0), ("receiver's resident MiB after the flood", "peak", 1),
        ("1 GB from disk to disk, MB/s", "file", 0), ("peak memory of its sender, MiB", "sender", 1),
        ("… of its fetcher", "fetcher", 1),
        ("chat line typed to line shown, ms, p50", "chat50", 2), ("… p99", "chat99", 2)]
    print("| | uc-bot | p2pd (go-libp2p) |\n|---|---|---|")
    for title, key, digits in lines:
        other = show(theirs[key], digits) if key in theirs else "–"
        print(f"| {title} | {show(rows[key], digits)} | {other} |")
    if not others:
        print("\np2pd is not installed here (Tests/Interop/setup), so its column is empty.")
    lua_table()


if __name__ == "__main__":
    main()
