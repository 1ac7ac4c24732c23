import Identity
import NIOCore
import Noise
import TestSupport

/// Two honest identities, and the handshakes between them.
struct Ends {
  let dialer = KeyPair.generate()
  let listener = KeyPair.generate()

  func initiator(expecting peer: PeerID? = nil, muxers: [String] = []) throws -> NoiseHandshake {
    try NoiseHandshake(role: .initiator, staticKey: .generate(identity: dialer), expectedPeer: peer, muxers: muxers)
  }

  func responder(expecting peer: PeerID? = nil, muxers: [String] = []) throws -> NoiseHandshake {
    try NoiseHandshake(role: .responder, staticKey: .generate(identity: listener), expectedPeer: peer, muxers: muxers)
  }
}

/// What both ends have after a handshake over a pipe that delivers `chunk` bytes at a time.
func shakeHands(
  _ initiator: NoiseHandshake, _ responder: NoiseHandshake, chunk: Int = .max
) throws -> (initiator: NoiseSession?, responder: NoiseSession?) {
  var (initiator, responder) = (initiator, responder)
  var (toInitiator, toResponder) = (ByteBuffer(), ByteBuffer())
  var (wireToInitiator, wireToResponder) = (ByteBuffer(), try initiator.start() ?? ByteBuffer())
  var sessions: (initiator: NoiseSession?, responder: NoiseSession?) = (nil, nil)
  while wireToInitiator.readableBytes > 0 || wireToResponder.readableBytes > 0 {
    if var part = wireToResponder.readSlice(length: min(chunk, wireToResponder.readableBytes)) {
      toResponder.writeBuffer(&part)
      for output in try responder.receive(&toResponder) {
        switch output {
        case .send(var bytes): wireToInitiator.writeBuffer(&bytes)
        case .complete(let session): sessions.responder = session
        }
      }
    }
    if var part = wireToInitiator.readSlice(length: min(chunk, wireToInitiator.readableBytes)) {
      toInitiator.writeBuffer(&part)
      for output in try initiator.receive(&toInitiator) {
        switch output {
        case .send(var bytes): wireToResponder.writeBuffer(&bytes)
        case .complete(let session): sessions.initiator = session
        }
      }
    }
  }
  return sessions
}

/// A message behind its two-byte length.
func framed(_ message: [UInt8]) -> ByteBuffer {
  ByteBuffer(
    bytes: [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message)
}

/// An end that speaks Noise well but may put anything into its payload, as a dishonest peer would.
struct Stranger {
  let keyPair: X25519KeyPair
  var handshake: XXHandshake

  init(_ role: NoiseRole, keyPair: X25519KeyPair? = nil, ephemeral: X25519KeyPair? = nil) throws {
    let keyPair = try keyPair ?? .generate()
    self.keyPair = keyPair
    handshake = XXHandshake(role: role, staticKey: keyPair, ephemeralKey: try ephemeral ?? .generate())
  }

  /// As a listener: answers the dialer's first message with `payload`, and returns what the dialer makes of it.
  mutating func answer(
    _ dialer: inout NoiseHandshake, with payload: [UInt8]
  ) throws -> [NoiseHandshake.Output] {
    guard let first = try dialer.start() else { return [] }
    _ = try handshake.read(Array(first.bytes.dropFirst(2)))
    var second = framed(try handshake.write(payload: payload))
    return try dialer.receive(&second)
  }

  /// As a dialer: goes through the handshake and ends it with `payload`. Returns what the listener makes of that.
  mutating func dial(
    _ listener: inout NoiseHandshake, first: [UInt8] = [], with payload: [UInt8]
  ) throws -> [NoiseHandshake.Output] {
    var message = framed(try handshake.write(payload: first))
    guard case .send(let second)? = try listener.receive(&message).first else { return [] }
    _ = try handshake.read(Array(second.bytes.dropFirst(2)))
    message = framed(try handshake.write(payload: payload))
    return try listener.receive(&message)
  }

  /// An honest payload for this static key, as protobuf spelled out: fields 1 and 2, each behind tag and length.
  func payload(identity: KeyPair, extensions: [UInt8]? = nil) throws -> [UInt8] {
    let signature = try identity.sign(Array("noise-libp2p-static-key:".utf8) + keyPair.publicKey)
    var payload = field(1, identity.publicKey.protobuf) + field(2, signature)
    if let extensions { payload += field(4, extensions) }
    return payload
  }
}

/// A length-delimited protobuf field.
func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
  var length: [UInt8] = []
  var rest = content.count
  while rest >= 0x80 {
    length.append(UInt8(rest & 0x7f) | 0x80)
    rest >>= 7
  }
  return [number << 3 | 2] + length + [UInt8(rest)] + content
}

/// The `NoiseExtensions` message with this list of stream muxers.
func muxerExtension(_ muxers: [String]) -> [UInt8] {
  Array(muxers.map { field(2, Array($0.utf8)) }.joined())
}

extension [NoiseHandshake.Output] {
  /// The session, if the handshake is complete.
  var session: NoiseSession? {
    for case .complete(let session) in self { return session }
    return nil
  }
}
