"""Child processes whose lines can be waited for, and which never outlive the tests."""
import ctypes
import json
import os
import re
import signal
import subprocess
import threading
import time

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _die_with(parent):
    """In the child, before exec: the kernel kills it when its parent ends, however that ends.

    The signal comes when the *thread* that started the child ends, so children are started from the main thread only.
    """

    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def wait_until(condition, lock, timeout, failure):
    """Waits under the Condition `lock` until condition() is true; its value. AssertionError(failure()) when late."""
    deadline = time.monotonic() + timeout
    with lock:
        while True:
            value = condition()
            if value:
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(failure())
            lock.wait(min(left, 0.5))


class Process:
    MOST_LINES = 20_000

    def __init__(self, name, argv, cwd=None, env=None, stdin=subprocess.DEVNULL):
        assert threading.current_thread() is threading.main_thread()
        self.name, self.argv = name, [str(part) for part in argv]
        self.lines = []  # (stream name, text)
        self.changed = threading.Condition()
        self._open_streams = 2
        self.popen = subprocess.Popen(
            self.argv, cwd=cwd, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=_die_with(os.getpid()))
        for stream in ("stdout", "stderr"):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for raw in getattr(self.popen, stream):
            text = raw.decode("utf-8", "backslashreplace").rstrip("\r\n")
            with self.changed:
                if len(self.lines) < self.MOST_LINES:
                    self.lines.append((stream, text))
                self.changed.notify_all()
            self.on_line(stream, text)
        with self.changed:
            self._open_streams -= 1
            self.changed.notify_all()

    def on_line(self, stream, text):
        pass

    @property
    def pid(self):
        return self.popen.pid

    @property
    def alive(self):
        return self.popen.poll() is None

    def mark(self):
        """A place in the output, for `after`."""
        with self.changed:
            return len(self.lines)

    def matches(self, pattern, after=0):
        with self.changed:
            return [match for _, text in self.lines[after:] if (match := re.search(pattern, text))]

    def wait_lines(self, pattern, count, timeout=15, after=0):
        """The matches on the first `count` lines that have one."""

        def failure():
            how = "did not print" if self.alive else f"ended ({self.popen.returncode}) without printing"
            times = f" {count} times" if count > 1 else ""
            return f"{self.name} {how} /{pattern}/{times} within {timeout:g} s"

        def found():
            found = self.matches(pattern, after)
            if len(found) < count and not self.alive and self._open_streams == 0:
                raise AssertionError(failure())
            return found[:count] if len(found) >= count else None

        return wait_until(found, self.changed, timeout, failure)

    def wait_line(self, pattern, timeout=15, after=0):
        return self.wait_lines(pattern, 1, timeout, after)[0]

    def text(self, stream=None):
        with self.changed:
            return "\n".join(text for name, text in self.lines if stream in (None, name))

    def tail(self, count=12):
        with self.changed:
            return [f"{self.name} | {text}" for _, text in self.lines[-count:]]

    def resident_kib(self):
        """VmRSS of the process."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError(f"{self.name}: no VmRSS, the process is gone")

    def wait(self, timeout):
        """The exit status, when the process has ended and its output is read."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} was still running after {timeout:g} s") from None
        wait_until(lambda: self._open_streams == 0, self.changed, 5, lambda: f"{self.name}: output never ended")
        return status

    def signal(self, number):
        self.popen.send_signal(number)

    def stop(self):
        """Ends it for good: politely, then not."""
        if self.alive:
            self.popen.terminate()
            try:
                self.popen.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        self.popen.kill()
        self.popen.wait(10)


class JSONChild(Process):
    """A child that takes a JSON command per line and answers in JSON: {"id", "ok" | "error"} or {"event", …}."""

    def __init__(self, name, argv, **options):
        self._answers, self._number = {}, 0
        super().__init__(name, argv, stdin=subprocess.PIPE, **options)

    def on_line(self, stream, text):
        if stream != "stdout" or not text.startswith("{"):
            return
        message = json.loads(text)
        if "event" in message:
            self.on_event(message)
        else:
            with self.changed:
                self._answers[message["id"]] = message
                self.changed.notify_all()

    def on_event(self, event):
        pass

    def ask(self, do, timeout=20, **arguments):
        self._number += 1
        number = self._number
        self.popen.stdin.write(json.dumps({"id": number, "do": do, **arguments}).encode() + b"\n")
        self.popen.stdin.flush()

        def answered():
            if not self.alive and number not in self._answers:
                raise AssertionError(f"{self.name} ended ({self.popen.returncode}) while asked to {do}")
            return self._answers.get(number)

        answer = wait_until(
            answered, self.changed, timeout, lambda: f"{self.name} did not answer {do} within {timeout:g} s")
        if "error" in answer:
            raise AssertionError(f"{self.name}: {do}: {answer['error']}")
        return answer["ok"]
