import Identity
import Limits
import NIOCore

/// The libp2p Noise handshake: `Noise_XX_25519_ChaChaPoly_SHA256` with the identity of each end in its payload, each
/// message behind a two-byte length (libp2p/specs noise/README.md).
///
/// ```swift
/// var handshake = try NoiseHandshake(role: .initiator, staticKey: key, expectedPeer: peer)
/// if let first = try handshake.start() { write(first) }
/// for output in try handshake.receive(&incoming) { … }   // with every read, until `.complete`
/// ```
public struct NoiseHandshake: Sendable {
  /// What ``receive(_:)`` wants done, in this order.
  public enum Output: Sendable {
    /// Write these bytes.
    case send(ByteBuffer)
    /// The handshake is over; whatever is left in the buffer is for the session's transport.
    case complete(NoiseSession)
  }

  private let role: NoiseRole
  private let staticKey: NoiseStaticKey
  private let expectedPeer: PeerID?
  private let muxers: [String]
  private var state: State

  private enum State {
    case running(XXHandshake)
    case complete
    case failed(NoiseError)
  }

  /// - Parameters:
  ///   - expectedPeer: who the other end must prove to be; `nil` takes anyone.
  ///   - muxers: stream muxers to offer in the handshake, the preferred one first; with none the extension is not
  ///     sent, the peer's is ignored, and multistream-select agrees on a muxer afterwards.
  ///   - ephemeral: 32 bytes of private key for a test vector; everyone else leaves it out.
  /// - Throws: ``NoiseError/noRandomness``, ``NoiseError/privateKeyLength(_:)``.
  public init(
    role: NoiseRole, staticKey: NoiseStaticKey, expectedPeer: PeerID? = nil, muxers: [String] = [],
    ephemeral: [UInt8]? = nil
  ) throws(NoiseError) {
    let ephemeralKey: X25519KeyPair
    if let ephemeral {
      guard let privateKey = SecretKey(ephemeral) else { throw .privateKeyLength(ephemeral.count) }
      ephemeralKey = try X25519KeyPair(privateKey: privateKey)
    } else {
      ephemeralKey = try .generate()
    }
    self.role = role
    self.staticKey = staticKey
    self.expectedPeer = expectedPeer
    self.muxers = muxers
    state = .running(XXHandshake(role: role, staticKey: staticKey.keyPair, ephemeralKey: ephemeralKey))
  }

  /// The first message of an initiator, to be asked for once; `nil` for a responder, which waits for it.
  public mutating func start() throws(NoiseError) -> ByteBuffer? {
    guard role == .initiator else { return nil }
    guard case .running(var handshake) = state, handshake.position == 0 else { throw .outOfTurn }
    // Nothing to say yet: whatever stood in this payload would be neither secret nor authentic.
    let message = try handshake.write(payload: [])
    state = .running(handshake)
    return Self.frame(message)
  }

  /// Takes what has arrived.
  ///
  /// Consumes only handshake messages: what is in `buffer` behind `.complete` is for the transport. An incomplete
  /// message stays in `buffer` until the caller has appended more. After an error the connection is to be closed;
  /// every later call throws the same again.
  public mutating func receive(_ buffer: inout ByteBuffer) throws(NoiseError) -> [Output] {
    do throws(NoiseError) {
      var outputs: [Output] = []
      while try step(&buffer, into: &outputs) {}
      return outputs
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Takes one message. Returns whether another one may be taken.
  private mutating func step(_ buffer: inout ByteBuffer, into outputs: inout [Output]) throws(NoiseError) -> Bool {
    switch state {
    case .complete: return false
    case .failed(let error): throw error
    case .running(var handshake):
      guard !handshake.isOurTurn else { throw .outOfTurn }
      let index = handshake.position
      guard let message = try Self.readFrame(index, from: &buffer) else { return false }
      let payload = try handshake.read(message)
      if index == 0 {
        // The payload of message 1 is in the clear and signed by nobody: not even looked at.
        outputs.append(.send(try write(&handshake)))
        state = .running(handshake)
        return true
      }
      let peer = try identify(payload, handshake)
      let muxer = try MuxerAgreement.choose(ours: muxers, theirs: peer.muxers, role: role)
      if handshake.isOurTurn { outputs.append(.send(try write(&handshake))) }
      guard let ciphers = handshake.split() else { throw .outOfTurn }
      state = .complete
      outputs.append(
        .complete(
          NoiseSession(
            peer: PeerID(publicKey: peer.publicKey), publicKey: peer.publicKey, muxer: muxer,
            transport: NoiseTransport(send: ciphers.send, receive: ciphers.receive))))
      return false
    }
  }

  /// Who the peer proves to be. An initiator learns it before it says who it is itself.
  private func identify(_ payload: [UInt8], _ handshake: XXHandshake) throws(NoiseError) -> HandshakePayload {
    let payload = try HandshakePayload(payload, staticKey: handshake.remoteStatic)
    if let expectedPeer {
      let found = PeerID(publicKey: payload.publicKey)
      guard found == expectedPeer else { throw .wrongPeer(expected: expectedPeer, found: found) }
    }
    return payload
  }

  private func write(_ handshake: inout XXHandshake) throws(NoiseError) -> ByteBuffer {
    Self.frame(try handshake.write(payload: HandshakePayload.encode(staticKey, muxers: muxers)))
  }

  /// Puts the length before a message. Ours are a few hundred bytes, so it always fits.
  private static func frame(_ message: [UInt8]) -> ByteBuffer {
    var frame = ByteBuffer()
    frame.reserveCapacity(2 + message.count)
    frame.writeInteger(UInt16(truncatingIfNeeded: message.count))
    frame.writeBytes(message)
    return frame
  }

  /// Takes message `index` from the front of `buffer`; `nil` when it has not all arrived. An impossible length is
  /// refused as soon as it is seen.
  private static func readFrame(_ index: Int, from buffer: inout ByteBuffer) throws(NoiseError) -> [UInt8]? {
    guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self).map(Int.init) else { return nil }
    let shortest = XXHandshake.overhead(ofMessage: index)
    let allowed = shortest...(shortest + Limits.Noise.payload)
    guard allowed.contains(length) else {
      throw .handshakeMessageLength(message: index + 1, length: length, allowed: allowed)
    }
    guard buffer.readableBytes >= 2 + length else { return nil }
    buffer.moveReaderIndex(forwardBy: 2)
    return buffer.readBytes(length: length)
  }
}
