"""The children's side of JSONChild: commands in on standard input, answers and events out, each a line of JSON."""
import json
import sys
import threading

_lock = threading.Lock()


def say(**message):
    with _lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def commands():
    for line in sys.stdin:
        yield json.loads(line)
