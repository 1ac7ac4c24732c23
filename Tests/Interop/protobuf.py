"""Just enough of protobuf to speak to p2pd and to read and write libp2p's messages."""


def varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def read_varint(data, at=0):
    """-> (value, index of the next byte); IndexError where the bytes end too early."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def encode(*fields):
    """Encodes (number, value) pairs: int -> varint, bytes or str -> length-delimited. None is left out."""
    out = b""
    for number, value in fields:
        if value is None:
            continue
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            body = value.encode() if isinstance(value, str) else bytes(value)
            out += varint(number << 3 | 2) + varint(len(body)) + body
    return out


def decode(data):
    """-> {field number: [values in order]}."""
    fields, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                size, at = read_varint(data, at)
            if size is None or at + size > len(data):
                raise ValueError(f"not a protobuf: field {key >> 3}, wire type {kind}, at byte {at} of {len(data)}")
            value, at = data[at : at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def delimited(message):
    return varint(len(message)) + message
