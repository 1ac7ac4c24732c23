"""Scripts beside each other, and loaded anew: a bot that misbehaves holds up neither the others nor the network."""
import os
import pty
import signal
import statistics
import time

from suite_command import Folder
from ucbot import SCRIPTS, UCBot

# What one that misbehaves does at every message; each runs until it is stopped, 200 ms later.
SPINS = {
    "a loop": "while true do end",
    "a loop in pcall": "while true do pcall(function() while true do end end) end",
    "a loop in an xpcall handler": "while true do xpcall(error, function() while true do end end) end",
    "a loop in a coroutine": "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "a sort that never ends": "while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end",
    "a variable that is never closed":
        "while true do pcall(function() local x <close> = setmetatable({}, {__close = function() while true do end end})"
        " end) end",
    "a memory bomb": "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
    "a flood of prints": "while true do print('flood') end",
    # Nothing stops these comparisons of strcoll: some tens of milliseconds each, and 200 of them at least.
    "a sort in C":
        "local a, b, t = ('x'):rep(4e6) .. 'a', ('x'):rep(4e6) .. 'b', {}"
        " for i = 1, 40 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
}
ANSWER = "uc.on('message', {bots = true, match = '^ask '}, function(msg) msg:reply('answer ' .. msg.args) end)\n"


def answers_beside(body):
    def case(folder):
        bad = folder.file(
            "bad.lua", f"uc.on('message', {{bots = true}}, function() uc.spawn(function() {body} end) end)\n")
        good = folder.file("good.lua", ANSWER)
        bot = folder.stage.add(UCBot("--cpu", "200", scripts=(bad, good)))
        asker = folder.stage.add(UCBot("--connect", bot.address, scripts=(SCRIPTS / "asker.lua",)))
        trips = asker.wait_line(r"answers: ([\d. ]+)", 40)[1].split()
        pings = asker.wait_line(r"pings: ([\d. ]+)", 10)[1].split()
        trips, pings = sorted(map(float, trips)), sorted(map(float, pings))
        assert len(trips) == 30 and len(pings) == 30, f"{len(trips)} answers, {len(pings)} pings"
        middle, most = statistics.median(trips), trips[-1]
        assert middle < 50, f"an answer took {middle:.0f} ms in the middle, {most:.0f} ms at most"
        assert statistics.median(pings) < 50, f"a ping took {statistics.median(pings):.0f} ms in the middle"
        return f"answers {middle:.1f} ms, at most {most:.1f}; pings {statistics.median(pings):.1f}, at most {pings[-1]:.1f}"

    return case


def terminal_gone(folder):
    """SIGHUP loads anew while the terminal is there, and ends the program when it has gone."""
    ours, theirs = pty.openpty()
    script = folder.file("farewell.lua", "uc.on('stop', function() print('farewell') end)\n")
    process = folder.start(script, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", stdin=theirs)
    process.wait_line("Listening on: ", 10)
    process.signal(signal.SIGHUP)
    process.wait_line("reloaded", 10)
    os.close(theirs)
    os.close(ours)
    process.signal(signal.SIGHUP)
    assert process.wait(10) == 0, f"exit status {process.popen.returncode}"
    assert "farewell" in process.text(), "the stop handler did not run"


def watched(folder):
    """How long after a save the new version runs."""
    def source(number, broken=False):
        return f"uc.on('start', function() print('version {number}') end)\n" + ("x = = 1\n" if broken else "")

    script = folder.file("watched.lua", source(0))
    process = folder.start(script, "--watch", "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0")
    process.wait_line("version 0", 10)
    process.wait_line("Listening on: ", 10)
    taken = []
    for number in range(1, 11):
        start = time.monotonic()
        folder.file("watched.lua", source(number, broken=number % 3 == 0))
        if number % 3 == 0:
            process.wait_line(r"not reloaded: .*watched\.lua:2: .*; the version before it goes on", 5)
        else:
            process.wait_line(f"version {number}$", 5)
            taken.append((time.monotonic() - start) * 1000)
    return f"a new version runs {statistics.median(taken):.0f} ms after it was saved"


def run(runner):
    runner.scenario(
        "uc-bot answers and pings beside a script with", Folder,
        [(name, answers_beside(body), 60) for name, body in SPINS.items()])
    runner.scenario("uc-bot loads scripts anew", Folder, [
        ("on SIGHUP, unless its terminal has gone", terminal_gone), ("when they are saved", watched)])
