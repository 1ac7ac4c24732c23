"""A real terminal: tmux, in which somebody types and looks at the screen."""
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from peers import eventually
from ucbot import PROGRAM, environment


class Terminal:
    """`uc-bot chat --ui` in a terminal of its own; before and after it, the terminal's settings are written down."""

    def __init__(self, nick, *arguments, columns=80, rows=24, kind=None, variables=None, address="/ip4/127.0.0.1/tcp/0",
                 has_intro=False, wait=True):
        assert shutil.which("tmux"), "tmux is missing; Tests/Interop/setup installs it"
        self.folder = tempfile.TemporaryDirectory(prefix=f"uc-bot-screen-{nick}-")
        self.home = Path(self.folder.name)
        self.socket = str(self.home / "tmux")
        command = [
            PROGRAM, "chat", "--ui", "--nick", nick, "--listen", address, "--no-system-log", *arguments,
            *([] if has_intro else ["--no-intro"])]
        words = shlex.join(str(word) for word in command)
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in {
            **({"TERM": kind} if kind else {}), **(variables or {})}.items())
        # The shell has job control, so that Ctrl-Z stops the program alone.
        script = self.home / "session"
        script.write_text(
            f"set -m\nclear; echo before\nstty -a > before\nenv -u NO_COLOR {settings} {words}\nst=$?\n"
            "while [ $st = 147 ] || [ $st = 148 ]; do echo STOPPED; read; fg > /dev/null; st=$?; done\n"
            "echo $st > status\nstty -a > after\necho STATUS $(cat status)\nexec bash --norc\n")
        inner = {**environment(self.home), "LC_ALL": "C.UTF-8", "PS1": "$ "}
        inner.pop("TMUX", None)
        subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "-u", "new-session", "-d", "-x", str(columns), "-y", str(rows),
             "exec bash --norc -i -c 'source session'"], check=True, env=inner, cwd=self.home)
        self.tmux("set-option", "-g", "escape-time", "0")
        if wait:
            self.sees(r"Room: universal-connectivity|Type your message|^\S+ > |^> ")

    def tmux(self, *arguments, text=None):
        done = subprocess.run(
            ["tmux", "-S", self.socket, *arguments], input=text, text=True, capture_output=True, timeout=10)
        assert done.returncode == 0, done.stderr
        return done.stdout

    # what is done

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.press("Enter")

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def paste(self, text):
        self.tmux("load-buffer", "-", text=text)
        self.tmux("paste-buffer", "-p")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    # what is seen

    @property
    def rows(self):
        return self.tmux("capture-pane", "-p").split("\n")[:-1]

    @property
    def text(self):
        return "\n".join(self.rows)

    @property
    def coloured(self):
        return self.tmux("capture-pane", "-p", "-e")

    def sees(self, pattern, timeout=10):
        """Waits until a row has it."""
        def found():
            return re.search(pattern, self.text, re.MULTILINE)
        return eventually(found, lambda match: match, lambda _: f"no {pattern!r} on\n{self.text}", timeout)

    def sees_no_more(self, pattern, timeout=10):
        eventually(
            lambda: re.search(pattern, self.text, re.MULTILINE), lambda match: not match,
            lambda _: f"{pattern!r} is still on\n{self.text}", timeout)

    # the process

    @property
    def pid(self):
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        pending = [shell]
        while pending:
            pid = pending.pop()
            if os.path.realpath(f"/proc/{pid}/exe") == str(PROGRAM):
                return pid
            pending += [int(word) for word in open(f"/proc/{pid}/task/{pid}/children").read().split()]
        raise AssertionError("it does not run")

    def gave_back(self, status=0, goodbye=True):
        """The program has ended, and the terminal is as it was: what stood there, and its settings."""
        self.sees(rf"^STATUS {status}$")
        before, after = ((self.home / name).read_text() for name in ("before", "after"))
        assert before == after, f"{before}\nbecame\n{after}"
        rows = self.rows
        assert rows[0] == "before", self.text
        assert not goodbye or "Goodbye!" in rows, self.text
        assert "┌" not in self.text, self.text
        flags = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}").split()
        assert flags == ["0", "1", "1"], f"alternate screen, cursor, wrapping: {flags}"

    def stop(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)
        self.folder.cleanup()
