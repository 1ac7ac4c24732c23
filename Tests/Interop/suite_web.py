"""uc.http against Python's web server and bad ones, --http against Python's client, Prometheus' parser and bad guests."""
import http.client
import json
import socket
import tempfile
import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from processes import Process
from ucbot import ECHO, PROGRAM, environment
from web_servers import BOMB_MIB, Server, certificate, closed_port

SCRIPT = """
uc.webhook("POST /fetch", function(req)
  local order = req:json()
  local options = order.options or {}
  if order.fill then options.body = ("x"):rep(order.fill) end
  local r, code = uc.http.request(order.url, options)
  if not r then return { code = code } end
  return { status = r.status, url = r.url, length = #r.body, headers = r.headers, body = #r.body < 5000 and r.body or nil }
end)
uc.webhook("POST /many", function(req)
  local url, codes = req:json().url, {}
  local list = {}
  for i = 1, 12 do list[i] = function() local r, code = uc.http.get(url, { timeout = 2 }) return code or r.status end end
  for i, code in ipairs({ uc.all(list) }) do codes[i] = tostring(code) end
  return codes
end)
uc.webhook("POST /guarded", { token = "open sesame" }, function(req) return 200, req.body end)
uc.webhook("GET /slow", function() uc.sleep(60) end)
uc.webhook("GET /error", function() error("a secret of the inside") end)
local seen = uc.metric.counter("seen_total", 'things "seen"\\nby \\\\ us')
seen:inc(3) seen:inc(1, { kind = 'a"b\\\\c\\nd' })
uc.metric.gauge("mood"):set(-2.5)
uc.metric.histogram("size_bytes", "sizes", { buckets = { 1, 10 } }):observe(5)
local well = true
uc.health("mood", function() return well, "sad" end)
uc.webhook("POST /mood", function(req) well = req.body == "good" return 204 end)
"""


class Bot:
    """uc-bot with a script that fetches what it is told to, and the web servers beside it."""

    def __init__(self, stage, *arguments, **variables):
        folder = tempfile.TemporaryDirectory(prefix="uc-bot-web-")
        stage.cleanup.callback(folder.cleanup)
        self.path = Path(folder.name)
        script = self.path / "fetch.lua"
        script.write_text(SCRIPT)
        self.process = stage.add(Process(
            "uc-bot",
            [PROGRAM, script, ECHO, "--identity", "k", "--listen", "/ip4/127.0.0.1/tcp/0", "--http", "0", *arguments],
            cwd=self.path, env={**environment(self.path), **variables}))
        self.port = int(self.process.wait_line(r"at http://127\.0\.0\.1:(\d+)", 15)[1])

    def request(self, method, path, body=None, headers={}, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def fetch(self, url, fill=None, **options):
        """`fill`: so many bytes of body, which the script makes itself."""
        order = {"url": url, "options": options, **({"fill": fill} if fill else {})}
        status, body, _ = self.request("POST", "/fetch", json.dumps(order))
        assert status == 200, f"{status} {body!r}"
        return json.loads(body)

    def expect(self, code, url, most_seconds=None, **options):
        start = time.monotonic()
        got = self.fetch(url, **options)
        assert got.get("code") == code, f"{code!r} wanted, got {str(got)[:300]}"
        seconds = time.monotonic() - start
        assert most_seconds is None or seconds < most_seconds, f"it took {seconds:.1f} s"
        return f"{seconds:.2f} s"


class Scene:
    def __init__(self, stage):
        self.stage = stage
        self.server, self.other = stage.add(Server()), stage.add(Server())
        self.folder = tempfile.TemporaryDirectory(prefix="uc-bot-certificates-")
        stage.cleanup.callback(self.folder.cleanup)
        here = Path(self.folder.name)
        self.good, self.bad = certificate(here, "IP:127.0.0.1"), certificate(here, "DNS:elsewhere.example")
        self.secure = stage.add(Server(certificate=self.good))
        self.wrong = stage.add(Server(certificate=self.bad))
        self.bot = Bot(
            stage, "--allow-net", "127.0.0.1", "--allow-net", "no-such-name.invalid", SSL_CERT_FILE=self.trusted(here))

    def trusted(self, here):
        both = here / "trusted.pem"
        both.write_text(Path(self.good[0]).read_text() + Path(self.bad[0]).read_text())
        return str(both)


def plain(scene):
    got = scene.bot.fetch(
        scene.server.url("/echo?a=1"), query={"b": "ü &"}, headers={"X-Mine": "yes", "Accept": "text/html"})
    assert got["status"] == 200 and got["headers"]["x-two"] == "1", got
    seen = json.loads(got["body"])
    assert seen["path"] == "/echo?a=1&b=%C3%BC%20%26", seen
    assert seen["headers"]["X-Mine"] == "yes" and seen["headers"]["User-Agent"].startswith("uc-bot/"), seen
    got = scene.bot.fetch(scene.server.url("/nowhere"))
    assert got["status"] == 404 and got["body"] == "nothing here\n", got


def methods(scene):
    for method in "POST", "PUT", "PATCH", "DELETE":
        seen = json.loads(scene.bot.fetch(scene.server.url("/echo"), method=method, body="\u00e9 x")["body"])
        assert seen["method"] == method and seen["body"].encode("latin-1").decode() == "é x", seen
        assert "Content-Type" not in seen["headers"] and "Expect" not in seen["headers"], seen
    seen = json.loads(scene.bot.fetch(scene.server.url("/echo"), method="POST", json={"a": [1]})["body"])
    assert seen["body"] == '{"a":[1]}' and seen["headers"]["Content-Type"] == "application/json", seen
    seen = json.loads(scene.bot.fetch(scene.server.url("/echo"), method="POST")["body"])
    assert seen["headers"]["Content-Length"] == "0", seen
    got = scene.bot.fetch(scene.server.url("/echo"), method="HEAD")
    assert got["status"] == 200 and got["length"] == 0, got
    got = scene.bot.fetch(scene.server.url("/echo"), fill=1 << 20, method="POST", max=2 << 20)
    assert got["status"] == 200 and len(scene.server.seen[-1][3]) == 1 << 20, got


def redirects(scene):
    got = scene.bot.fetch(scene.server.url("/hop/5"))
    assert got["body"] == "arrived" and got["url"] == scene.server.url("/hop/0"), got
    scene.bot.expect("redirects", scene.server.url("/hop/6"))
    got = scene.bot.fetch(scene.server.url("/hop/3"), redirects=0)
    assert got["status"] == 302 and got["headers"]["location"] == "2", got
    return scene.bot.expect("redirects", scene.server.url("/loop"), 3)


def secrets(scene):
    """A key for one server is not told to another, not even to another port."""
    keys = {"Authorization": "Bearer x", "Cookie": "y=z", "X-Api-Key": "k", "Accept": "text/plain"}
    got = scene.bot.fetch(scene.server.url("/to?" + scene.other.url("/echo")), headers=keys)
    told = json.loads(got["body"])["headers"]
    assert not {"Authorization", "Cookie", "X-Api-Key"} & told.keys() and told["Accept"] == "text/plain", told
    got = scene.bot.fetch(scene.server.url("/to?/echo"), headers=keys)
    assert json.loads(got["body"])["headers"]["Authorization"] == "Bearer x"


def elsewhere(scene):
    """Redirects to where nobody may go."""
    for target in "http://127.0.0.2:1/", "http://localhost:1/", "http://[::1]:1/", "ftp://127.0.0.1/", "file:///etc/passwd":
        scene.bot.expect("forbidden", scene.server.url("/to?" + target), 3)
    scene.bot.expect("forbidden", scene.secure.url("/to?" + scene.server.url("/echo")), 3)


def sizes(scene):
    got = scene.bot.fetch(scene.server.url(f"/big?{1 << 20}"))
    assert got["length"] == 1 << 20, got
    scene.bot.expect("too_large", scene.server.url(f"/big?{(1 << 20) + 1}"), 5)
    got = scene.bot.fetch(scene.server.url(f"/big?{8 << 20}"), max=8 << 20)
    assert got["length"] == 8 << 20, got
    scene.bot.expect("too_large", scene.server.url("/big?11"), 5, max=10)
    scene.bot.expect("too_large", scene.server.url("/head"), 5)
    return scene.bot.expect("too_large", scene.server.url("/endless"), 5)


def compressed(scene):
    got = scene.bot.fetch(scene.server.url("/gzip"))
    assert got["body"] == "hello, small world\n" * 100, got
    before = scene.bot.process.resident_kib()
    scene.bot.expect("too_large", scene.server.url("/bomb"), 15, timeout=14)
    grown = (scene.bot.process.resident_kib() - before) / 1024
    assert grown < 20, f"it grew by {grown:.0f} MiB"
    return f"a bomb of {BOMB_MIB} MiB: grown by {grown:.1f} MiB"


def times(scene):
    scene.bot.expect("timeout", scene.server.url("/silent"), 2.5, timeout=1)
    return scene.bot.expect("timeout", scene.server.url("/drip"), 2.5, timeout=1)


def broken(scene):
    scene.bot.expect("connect", f"http://127.0.0.1:{closed_port()}/", 3)
    scene.bot.expect("connect", scene.server.url("/short"), 5)
    scene.bot.expect("dns", "http://no-such-name.invalid/", 12)
    for url in "ftp://127.0.0.1/", "127.0.0.1", "http://user@127.0.0.1/", "http://2130706433/", "http://127.1/", "":
        scene.bot.expect("bad_url", url)


def certificates(scene):
    """A certificate that is trusted, one for another name, one that nobody vouches for, and no TLS at all."""
    assert scene.bot.fetch(scene.secure.url("/echo"))["status"] == 200
    scene.bot.expect("tls", scene.wrong.url("/echo"), 5)
    scene.bot.expect("tls", scene.server.url("/echo").replace("http:", "https:"), 5)
    stranger = Bot(scene.stage, "--allow-net", "127.0.0.1")
    stranger.expect("tls", scene.secure.url("/echo"), 5)


def many(scene):
    status, body, _ = scene.bot.request("POST", "/many", json.dumps({"url": scene.server.url("/silent")}))
    codes = json.loads(body)
    assert status == 200 and codes.count("busy") == 4 and codes.count("timeout") == 8, codes


def forbidden_by_default(scene):
    """Without --allow-net nothing on this machine is reached, whatever it is called."""
    bot = Bot(scene.stage)
    port = scene.server.port
    before = len(scene.server.seen)
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "127.0.0.2", "10.0.0.1",
                 "169.254.169.254", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost."):
        bot.expect("forbidden", f"http://{host}:{port}/echo", 5)
    assert len(scene.server.seen) == before, "the server was asked"


def ranges(scene):
    """A range is about addresses, and a name about names."""
    bot = Bot(scene.stage, "--allow-net", "127.0.0.0/8", "--allow-net", f"localhost:{scene.other.port}")
    assert bot.fetch(scene.server.url("/echo", "127.0.0.1"))["status"] == 200
    assert bot.fetch(scene.server.url("/echo", "localhost"))["status"] == 200, "a name that leads into the range"
    bot.expect("forbidden", "http://[::1]:1/", 3)
    bot.expect("forbidden", "http://8.8.8.8/", 3)


FETCHING = [
    ("a page, a query, headers, 404", plain),
    ("all methods, with a body and without", methods),
    ("redirects, and too many of them", redirects),
    ("another server is told no secrets", secrets),
    ("redirects to where nobody may go", elsewhere),
    ("bodies and heads that are too large, or endless", sizes),
    ("gzip, and a gzip bomb", compressed),
    ("a silent server, and one that drips", times),
    ("closed ports, half answers, unknown names, bad URLs", broken),
    ("certificates, right and wrong", certificates),
    ("more requests than a script may have", many),
    ("loopback and private networks are closed by default", forbidden_by_default),
    ("--allow-net with a range and a name", ranges),
]


# The operations endpoint

def metrics(bot):
    status, body, headers = bot.request("GET", "/metrics")
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers
    return {family.name: family for family in text_string_to_metric_families(body.decode())}


def parsed(scene):
    """Prometheus' own Python reads every line of it."""
    bot = scene.bot
    families = metrics(bot)
    samples = [sample for family in families.values() for sample in family.samples]
    assert len({(each.name, tuple(sorted(each.labels.items()))) for each in samples}) == len(samples), "a line twice"
    assert all(family.type in ("counter", "gauge", "histogram") and family.documentation for family in families.values())
    own = {tuple(sorted(each.labels.items())): each.value for each in families["seen"].samples}
    assert own == {(("script", "fetch"),): 3, (("kind", 'a"b\\c\nd'), ("script", "fetch")): 1}, own
    assert families["seen"].documentation == 'things "seen"\nby \\ us', families["seen"].documentation
    assert families["mood"].samples[0].value == -2.5
    sizes = [(each.labels.get("le"), each.value) for each in families["size_bytes"].samples]
    assert sizes == [("1", 0), ("10", 1), ("+Inf", 1), (None, 5), (None, 1)], sizes
    names = {"ucbot_connected_peers", "ucbot_mesh_peers", "ucbot_round_trip_seconds", "ucbot_messages_received",
             "ucbot_messages_sent", "ucbot_dropped", "ucbot_messages_rejected", "ucbot_script_lua_seconds",
             "ucbot_script_memory_bytes", "ucbot_script_runs", "ucbot_script_errors", "ucbot_script_dropped"}
    assert names <= families.keys(), names - families.keys()
    scripts = {each.labels["script"] for each in families["ucbot_script_memory_bytes"].samples}
    assert scripts == {"fetch", "echo"}, scripts
    runs = lambda: [s.value for s in metrics(bot)["ucbot_script_runs"].samples if s.labels["script"] == "fetch"][0]
    before = runs()
    bot.request("POST", "/guarded", "x", {"Authorization": "Bearer open sesame"})
    assert runs() == before + 1
    return f"{len(samples)} samples in {len(families)} families"


def health(scene):
    bot = scene.bot
    status, body, headers = bot.request("GET", "/healthz")
    report = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/json", (status, headers)
    # How long is the clock's business.
    assert report.pop("silent_seconds") >= 0
    assert report == {"ok": True, "ready": False, "network": "alone",
                      "scripts": {"fetch": {"ok": True, "checks": {"mood": "ok"}}, "echo": {"ok": True, "checks": {}}}}, report
    bot.request("POST", "/mood", "bad")
    time.sleep(1.1)
    status, body, _ = bot.request("GET", "/healthz")
    assert status == 503 and json.loads(body)["scripts"]["fetch"] == {"ok": False, "checks": {"mood": "sad"}}, body
    bot.request("POST", "/mood", "good")
    time.sleep(1.1)
    assert bot.request("HEAD", "/healthz")[:2] == (200, b"")


def webhooks(scene):
    bot = scene.bot
    assert bot.request("POST", "/guarded", "hello", {"Authorization": "Bearer open sesame"})[:2] == (200, b"hello")
    for headers in {}, {"Authorization": "Bearer no"}, {"Authorization": "open sesame"}:
        assert bot.request("POST", "/guarded", "hello", headers)[0] == 401
    assert bot.request("GET", "/guarded")[0] == 405
    assert bot.request("GET", "/nowhere")[0] == 404
    assert bot.request("POST", "/metrics", "x")[0] == 405
    status, body, _ = bot.request("GET", "/error")
    assert status == 500 and b"secret" not in body, body
    assert bot.request("POST", "/guarded", "x" * (256 * 1024 + 1), {"Authorization": "Bearer open sesame"})[0] == 413
    start = time.monotonic()
    assert bot.request("GET", "/slow")[0] == 504
    return f"a slow one was ended after {time.monotonic() - start:.1f} s"


def guests(scene):
    """More connections than there may be, heads drop by drop, and garbage: others are served all the while."""
    bot, guests = scene.bot, []
    try:
        for _ in range(100):
            guests.append(socket.create_connection(("127.0.0.1", bot.port), timeout=5))
        time.sleep(0.3)
        closed = 0
        for guest in guests:
            guest.setblocking(False)
            try:
                closed += guest.recv(1) == b""
            except BlockingIOError:
                pass
            except OSError:
                closed += 1
        assert closed >= 100 - 64, f"only {closed} of 100 were sent away"
    finally:
        for guest in guests:
            guest.close()
    time.sleep(0.3)
    slow = socket.create_connection(("127.0.0.1", bot.port), timeout=20)
    start = time.monotonic()
    try:
        slow.send(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        while time.monotonic() - start < 20:
            slow.send(b"x")
            assert bot.request("GET", "/healthz")[0] == 200
            time.sleep(0.5)
        raise AssertionError("a head that came drop by drop was waited for 20 s")
    except (BrokenPipeError, ConnectionResetError):
        seconds = time.monotonic() - start
    with socket.create_connection(("127.0.0.1", bot.port), timeout=5) as garbage:
        garbage.sendall(bytes(range(256)) * 8)
        answer = garbage.recv(100)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer
    assert bot.request("GET", "/healthz")[0] == 200
    return f"let go after {seconds:.0f} s"


def warns(scene):
    process = scene.stage.add(Process(
        "uc-bot", [PROGRAM, ECHO, "--identity", "k2", "--listen", "/ip4/127.0.0.1/tcp/0", "--http", "0.0.0.0:0"],
        cwd=scene.bot.path, env=environment(scene.bot.path)))
    return process.wait_line(r"whoever reaches 0\.0\.0\.0:\d+ .*", 15)[0]


SERVING = [
    ("/metrics is what Prometheus reads", parsed),
    ("/healthz tells who is ill", health),
    ("webhooks, their tokens and their mistakes", webhooks, 40),
    ("guests without number or manners", guests, 40),
    ("an address that others reach is warned of", warns),
]


def run(runner):
    runner.scenario("uc.http on loopback", Scene, FETCHING)
    runner.scenario("--http", Scene, SERVING)
