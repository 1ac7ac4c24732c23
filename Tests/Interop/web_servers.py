"""Web servers on loopback: a sensible one, and those that one meets on the internet."""
import gzip
import http.server
import json
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import zlib

BOMB_MIB = 200


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def say(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True  # the client has had enough

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.split("?")[0]
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        getattr(self, "on_" + path.strip("/").split("/")[0], self.on_missing)(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer

    def on_missing(self, body):
        self.say(404, b"nothing here\n", Content_Type="text/plain")

    def on_echo(self, body):
        seen = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode("latin-1")}
        self.say(200, json.dumps(seen).encode(), Content_Type="application/json", X_Two="1")

    def on_hop(self, body):
        """/hop/3 leads to /hop/2 and so on, /hop/0 is the end."""
        left = int(self.path.rsplit("/", 1)[1])
        self.say(302, b"go on", Location=str(left - 1)) if left else self.say(200, b"arrived")

    def on_loop(self, body):
        self.say(302, Location="/loop")

    def on_to(self, body):
        """/to?URL"""
        self.say(307, Location=self.path.split("?", 1)[1])

    def on_drip(self, body):
        """A byte now and then, for ever."""
        self.say(200, Content_Length="1000000")
        for _ in range(600):
            self.wfile.write(b".")
            time.sleep(0.1)

    def on_silent(self, body):
        time.sleep(30)

    def on_endless(self, body):
        self.say(200, Transfer_Encoding="chunked")
        chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
        while True:
            self.wfile.write(chunk)

    def on_head(self, body):
        """A head without end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(1_000_000):
            self.wfile.write(b"X-%d: %s\r\n" % (i, b"y" * 100))

    def on_gzip(self, body):
        self.say(200, gzip.compress(b"hello, small world\n" * 100), Content_Encoding="gzip")

    def on_bomb(self, body):
        """A few hundred kilobytes that become BOMB_MIB MiB."""
        pack = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(pack.compress(bytes(1 << 20)) for _ in range(BOMB_MIB)) + pack.flush()
        self.say(200, packed, Content_Encoding="gzip")

    def on_short(self, body):
        """Ends before it said it would."""
        self.say(200, b"only this", Content_Length="1000")
        self.close_connection = True

    def on_big(self, body):
        """/big?N: N bytes."""
        self.say(200, b"x" * int(self.path.split("?")[1]))


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address=("127.0.0.1", 0), certificate=None):
        self.seen = []
        super().__init__(address, Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        pass  # clients that go away are what is tested

    @property
    def port(self):
        return self.server_address[1]

    def url(self, path, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def stop(self):
        self.shutdown()
        self.server_close()


def certificate(folder, name, days=2):
    """A certificate for a name or address that only whoever knows it trusts: (certificate file, key file)."""
    place = folder / name.replace(":", "_")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
         "-subj", "/CN=test", "-addext", f"subjectAltName={name}", "-keyout", f"{place}.key", "-out", f"{place}.pem"],
        check=True, capture_output=True)
    return f"{place}.pem", f"{place}.key"


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
