#!/usr/bin/env python3
"""`make reloads`: a thousand times SIGHUP, and what the process holds meanwhile. Fails when it grows."""
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from ucbot import REPOSITORY, UCBot

RELOADS = int(os.environ.get("RELOADS", "1000"))
# What a state leaves behind would show: 50 bytes would be invisible, a state of 100 KiB would be 100 MiB.
MOST_GROWTH_KIB = 2048
SCRIPT = """
local big = {}
for i = 1, 2000 do big[i] = { i, tostring(i) } end
local n = uc.saved and uc.saved.n or 0
uc.on("message", function(msg) uc.wait("message", { from = msg.from }) end)
uc.command("remind", { args = { { "when", type = "duration" } } }, function(msg, args) uc.sleep(args.when) end)
uc.every(0.01, function() end)
for i = 1, 20 do uc.spawn(uc.sleep, 3600) end
uc.on("unload", function() return { n = n + 1, list = { "a", "b", { c = 1 } } } end)
uc.on("start", function() print("version " .. n) end)
"""


def main():
    with tempfile.TemporaryDirectory(prefix="uc-bot-reloads-") as folder:
        script = Path(folder) / "reloaded.lua"
        script.write_text(SCRIPT)
        bot = UCBot(scripts=(script, REPOSITORY / "bots/poll.lua"))
        bot.wait_line("version 0$", 10)
        held, start = {}, time.monotonic()
        for number in range(1, RELOADS + 1):
            bot.signal(signal.SIGHUP)
            bot.wait_line(f"version {number}$", 10)
            if number in (10, 100, RELOADS // 2, RELOADS):
                held[number] = bot.resident_kib()
        seconds = time.monotonic() - start
        bot.stop()
    print(f"{RELOADS} reloads of two scripts in {seconds:.1f} s; resident, KiB: " + ", ".join(
        f"{kib} after {number}" for number, kib in held.items()))
    growth = held[RELOADS] - held[min(100, RELOADS)]
    if growth > MOST_GROWTH_KIB:
        sys.exit(f"it grew by {growth} KiB")


if __name__ == "__main__":
    main()
