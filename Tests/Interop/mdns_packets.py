"""Packets of multicast DNS by hand: what a hostile neighbour sends, and a name server for TXT records.

    mdns_packets.py flood COUNT           so many made-up peers, each at an address of its own
    mdns_packets.py junk COUNT            so many packets that are damaged, too long, or go round in circles
    mdns_packets.py serve NAME TEXT...    answers for the texts of a name on port 53, by UDP cut short, by TCP whole
"""
import os
import random
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time

from names import peer_id

GROUP, PORT = "224.0.0.251", 5353
PTR, TXT = 12, 16


def stay_inside():
    """Ends the program on the machine's own network: nothing multicast is to be sent there."""
    if not subprocess.run(["ip", "netns", "identify", str(os.getpid())], capture_output=True).stdout.strip():
        sys.exit("not in a network namespace")


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data, ttl=120):
    return name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def claim(label, texts, service="_p2p._udp.local"):
    """A response that says that there is a peer."""
    instance = f"{label}.{service}"
    strings = b"".join(bytes([len(text)]) + text.encode() for text in texts)
    return struct.pack("!6H", 0, 0x8400, 0, 1, 0, 1) + record(service, PTR, name(instance)) + record(instance, TXT, strings)


def stranger():
    """The id of an Ed25519 key that nobody has."""
    return peer_id(b"\x08\x01\x12\x20" + os.urandom(32))


def multicast():
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    sender.bind(("", PORT))
    return sender


def flood(count):
    sender = multicast()
    for index in range(count):
        address = f"/ip4/10.77.0.{200 + index % 50}/tcp/{1 + index % 60000}/p2p/{stranger()}"
        sender.sendto(claim(f"made-up-{index}", ["dnsaddr=" + address]), (GROUP, PORT))
        if index % 20 == 19:
            time.sleep(0.01)


def junk(count):
    sender, good = multicast(), claim("junk", ["dnsaddr=/ip4/10.77.0.9/tcp/1/p2p/" + stranger()])
    chain = b"".join(struct.pack("!HHHIH", 0xC000 | max(12, 12 + 12 * (index - 1)), TXT, 1, 0, 0) for index in range(500))
    kinds = [
        lambda: struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" + struct.pack("!HHIH", TXT, 1, 9, 0),
        lambda: struct.pack("!6H", 0, 0x8400, 0, 500, 0, 0) + chain,
        lambda: struct.pack("!6H", 0, 0x8400, 65535, 65535, 65535, 65535),
        lambda: good + bytes(9000),
        lambda: os.urandom(random.randrange(1, 1400)),
        lambda: bytes(byte ^ (random.random() < 0.02) * random.randrange(256) for byte in good),
        lambda: good[: random.randrange(len(good))],
    ]
    for index in range(count):
        sender.sendto(kinds[index % len(kinds)](), (GROUP, PORT))
        if index % 20 == 19:
            time.sleep(0.01)


def serve(host, texts):
    def answer(question, whole):
        body = question[12:]
        asked = body[: body.index(b"\0") + 5]
        known = asked[:-4].lower() == name(host).lower()
        records = texts if known and whole else []
        flags = 0x8180 | (0 if known else 3) | (0x0200 if known and not whole else 0)
        out = question[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0) + asked
        for text in records:
            data = b"".join(bytes([len(text[at : at + 255])]) + text[at : at + 255].encode() for at in range(0, len(text), 255))
            out += b"\xc0\x0c" + struct.pack("!HHIH", TXT, 1, 60, len(data)) + data
        return out

    class Packets(socketserver.BaseRequestHandler):
        def handle(self):
            question, reply = self.request
            reply.sendto(answer(question, whole=False), self.client_address)

    class Connections(socketserver.BaseRequestHandler):
        def handle(self):
            size = struct.unpack("!H", self.request.recv(2))[0]
            response = answer(self.request.recv(size), whole=True)
            self.request.sendall(struct.pack("!H", len(response)) + response)

    udp, tcp = socketserver.UDPServer(("", 53), Packets), socketserver.TCPServer(("", 53), Connections)
    threading.Thread(target=udp.serve_forever, daemon=True).start()
    print("serving", flush=True)
    tcp.serve_forever()


if __name__ == "__main__":
    stay_inside()
    what, *rest = sys.argv[1:]
    {"flood": lambda: flood(int(rest[0])), "junk": lambda: junk(int(rest[0])), "serve": lambda: serve(rest[0], rest[1:])}[what]()
