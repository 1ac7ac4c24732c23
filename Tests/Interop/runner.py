"""Runs named cases with a time limit each, and reports every one of them plainly."""
import contextlib
import re
import signal
import sys
import time
import traceback

from peers import NotRun


class TimeUp(AssertionError):
    pass


@contextlib.contextmanager
def time_limit(seconds):
    """Raises TimeUp in the main thread, wherever it waits, after so many seconds."""

    def ring(number, frame):
        raise TimeUp(f"not finished after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Stage:
    """What a scenario has put up: things to stop afterwards, and whose output to show when a case fails."""

    def __init__(self, cleanup):
        self.cleanup, self.processes = cleanup, []

    def add(self, thing):
        """Anything with stop(); it, or its .process, is quoted on a failure where it has output."""
        self.cleanup.callback(thing.stop)
        process = getattr(thing, "process", thing)
        if hasattr(process, "tail"):
            self.processes.append(process)
        return thing


class Runner:
    def __init__(self, selection=(), verbose=False):
        self.selection, self.verbose = [word.lower() for word in selection], verbose
        self.passed = self.failed = 0
        self.not_run = []

    def scenario(self, title, prepare, cases, limit=30):
        """prepare(stage) sets the scene; each (name, function[, seconds]) of `cases` is called with what it returns.

        A case passes when its function returns; a text that it returns is shown. All cases fail where the scene cannot
        be set, and all are reported.
        """
        wanted = [
            case for case in cases if all(word in f"{title}: {case[0]}".lower() for word in self.selection)]
        if not wanted:
            return
        print(f"\n{title}", flush=True)
        with contextlib.ExitStack() as cleanup:
            stage, start = Stage(cleanup), time.monotonic()
            try:
                with time_limit(60):
                    scene = prepare(stage)
            except (Exception, KeyboardInterrupt) as error:
                for name, *_ in wanted:
                    self._report("FAILED", name, time.monotonic() - start, f"could not be set up: {error}")
                self._quote(stage, error)
                if isinstance(error, KeyboardInterrupt):
                    raise
                return
            for name, function, *seconds in wanted:
                self._run(title, name, function, scene, stage, *(seconds or [limit]))

    def _run(self, title, name, function, scene, stage, limit):
        start = time.monotonic()
        try:
            with time_limit(limit):
                note = function(scene)
        except NotRun as reason:
            self.not_run.append(f"{title}: {name}: {reason}")
            self._report("NOT RUN", name, time.monotonic() - start, str(reason))
        except Exception as error:
            self._report("FAILED", name, time.monotonic() - start, f"{type(error).__name__}: {error}")
            self._quote(stage, error)
        else:
            self._report("ok", name, time.monotonic() - start, note)

    def _report(self, result, name, seconds, note):
        if result == "ok":
            self.passed += 1
        elif result == "FAILED":
            self.failed += 1
        print(f"  {result:7} {seconds:6.2f} s  {name}" + (f"  ({note})" if note else ""), flush=True)

    def _quote(self, stage, error):
        """Where it went wrong in the tests, and what the processes said last."""
        if self.verbose:
            traceback.print_exception(error, file=sys.stdout)
        elif frames := [each for each in traceback.extract_tb(error.__traceback__) if re.search("/(suite|attacks)_", each.filename)]:
            print(f"            {frames[-1].filename.rsplit('/', 1)[1]}:{frames[-1].lineno}: {frames[-1].line}")
        for process in stage.processes:
            for line in process.tail(200 if self.verbose else 12):
                print("            " + line[:240], flush=True)

    def finish(self):
        """Prints the summary; the exit status."""
        if self.not_run:
            print(f"\n{len(self.not_run)} NOT RUN, and not counted as passed:")
            for each in self.not_run:
                print("  " + each)
        print(f"\n{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0
