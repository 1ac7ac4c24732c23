"""How libp2p writes its names: base58, peer ids, multiaddrs (those that the tests use)."""
import hashlib
import socket

from protobuf import read_varint, varint

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
IP4, TCP, IP6, P2P = 4, 6, 41, 421


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def unbase58(text):
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def peer_id(public_key):
    """The base58 peer id of a public key in libp2p's protobuf form."""
    if len(public_key) <= 42:
        return base58(b"\x00" + bytes([len(public_key)]) + public_key)
    return base58(b"\x12\x20" + hashlib.sha256(public_key).digest())


def split_peer(address):
    """'/ip4/…/tcp/…/p2p/ID' -> ('/ip4/…/tcp/…', 'ID')."""
    transport, _, peer = address.rpartition("/p2p/")
    return transport, peer


def multiaddr(text):
    parts, out = text.strip("/").split("/"), b""
    for name, value in zip(parts[::2], parts[1::2]):
        if name == "ip4":
            out += varint(IP4) + socket.inet_aton(value)
        elif name == "tcp":
            out += varint(TCP) + int(value).to_bytes(2, "big")
        elif name == "p2p":
            digest = unbase58(value)
            out += varint(P2P) + varint(len(digest)) + digest
        else:
            raise ValueError(f"no multiaddr protocol {name} here: {text}")
    return out


def multiaddr_text(data):
    at, text = 0, ""
    while at < len(data):
        code, at = read_varint(data, at)
        if code == IP4:
            text, at = text + "/ip4/" + socket.inet_ntop(socket.AF_INET, data[at : at + 4]), at + 4
        elif code == IP6:
            text, at = text + "/ip6/" + socket.inet_ntop(socket.AF_INET6, data[at : at + 16]), at + 16
        elif code == TCP:
            text, at = text + f"/tcp/{int.from_bytes(data[at:at + 2], 'big')}", at + 2
        elif code == P2P:
            size, at = read_varint(data, at)
            text, at = text + "/p2p/" + base58(data[at : at + size]), at + size
        else:
            return text + f"/(code {code})"
    return text
