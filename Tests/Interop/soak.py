#!/usr/bin/env python3
"""`make soak`: a bot that others talk to, join and leave for a long time. Fails when it grows, or misses a word.

Three bots say a number a second for as long as it takes; a fourth hears them, and must hear every one. Meanwhile others
come and go, half of them without a goodbye. SOAK is how many seconds, CHURN how many pass between two who come.
"""
import os
import signal
import sys
import time

from ucbot import ECHO, SCRIPTS, UCBot

SECONDS = int(os.environ.get("SOAK", "1800"))
SPEAKERS = 3
# A new one each so many seconds, beside what its start takes; so many are there at one time.
CHURN_SECONDS, GUESTS = float(os.environ.get("CHURN", "0.5")), 4
# What is measured after the first part of the time has gone by: until then what is bounded fills. The largest of it is
# what is known of peers, of 1,024 by the node and of 4,096 by each script.
WARM_UP = 0.4
MOST_GROWTH_KIB = 2048


def held(bot):
    """KiB resident, open files, threads."""
    with open(f"/proc/{bot.pid}/status") as status:
        threads = next(int(line.split()[1]) for line in status if line.startswith("Threads:"))
    return bot.resident_kib(), len(os.listdir(f"/proc/{bot.pid}/fd")), threads


def main():
    listener = UCBot("--log-level", "notice", scripts=(SCRIPTS / "listener.lua",))
    quiet = "--log-level", "warning", "--port", "0"
    speakers, guests, samples, comings = [], [], [], 0
    try:
        for _ in range(SPEAKERS):
            speakers.append(UCBot("--connect", listener.address, *quiet, scripts=(SCRIPTS / "steady.lua",), listen=False))
        start = time.monotonic()
        while (now := time.monotonic() - start) < SECONDS:
            guests.append(UCBot("--connect", listener.address, *quiet, scripts=(ECHO,), listen=False))
            comings += 1
            if len(guests) > GUESTS:
                leaving = guests.pop(0)
                leaving.signal(signal.SIGKILL if comings % 2 else signal.SIGTERM)
                leaving.wait(10)
                leaving.stop()
            time.sleep(CHURN_SECONDS)
            samples.append((now, *held(listener)))
        for guest in guests:
            guest.stop()
        guests = []
        time.sleep(3)
        after = held(listener)
        for speaker in speakers:
            speaker.stop()
        time.sleep(1)
        listener.terminate()
        heard, lost = map(int, listener.wait_line(r"heard (\d+), lost (\d+)", 5).groups())
    finally:
        for bot in [*guests, *speakers, listener]:
            bot.stop()
    warm = [sample for sample in samples if sample[0] >= SECONDS * WARM_UP]
    middle = lambda values: sorted(values)[len(values) // 2]
    third = max(1, len(warm) // 3)
    first, last = ([middle([sample[i] for sample in part]) for i in (1, 2, 3)] for part in (warm[:third], warm[-third:]))
    print(
        f"{SECONDS} s, {comings} guests came and went; {heard} numbers heard, {lost} lost\n"
        f"resident KiB, open files, threads: {first} when it was warm, {last} at the end, "
        f"{list(after)} when the guests had gone")
    expected = SPEAKERS * SECONDS * 0.8
    problems = [
        problem for problem, is_so in (
            (f"only {heard} numbers were heard, {expected:.0f} should have been", heard < expected),
            (f"{lost} were lost", lost),
            (f"it grew by {last[0] - first[0]} KiB", last[0] - first[0] > MOST_GROWTH_KIB),
            (f"it holds {last[1] - first[1]} more files", last[1] - first[1] > 2),
            (f"it has {last[2] - first[2]} more threads", last[2] - first[2] > 1)) if is_so]
    if problems:
        sys.exit("; ".join(problems))


if __name__ == "__main__":
    main()
