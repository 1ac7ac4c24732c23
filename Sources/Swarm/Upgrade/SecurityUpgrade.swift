import Identity
import Multistream
import NIOCore
import Noise

/// From the first byte of a connection to a proven peer: multistream-select agrees on `/noise`, then the Noise
/// handshake runs. Pure: bytes in, bytes and at last a `NoiseSession` out.
///
/// A lazy dialler sends header, proposal and the first Noise message in one packet, as rust-libp2p does: `/noise` is the
/// one proposal there is, so nothing is lost when the answer is `na`, and a round trip is won when it is not.
struct SecurityUpgrade {
  static let noise = "/noise"

  enum Output {
    case send(ByteBuffer)
    case secured(NoiseSession)
  }

  private enum Stage {
    case dialing(Dialer)
    case listening(Listener)
    case handshaking
    case done
  }

  private var stage: Stage
  private var handshake: NoiseHandshake
  private let lazy: Bool
  private let dials: Bool

  init(
    direction: ConnectionDirection, staticKey: NoiseStaticKey, expectedPeer: PeerID?, muxers: [String], lazy: Bool
  ) throws(NoiseError) {
    dials = direction == .outbound
    self.lazy = lazy && dials
    stage =
      dials ? .dialing(Dialer(protocols: [Self.noise], lazy: lazy)) : .listening(Listener(protocols: [Self.noise]))
    handshake = try NoiseHandshake(
      role: dials ? .initiator : .responder, staticKey: staticKey, expectedPeer: expectedPeer, muxers: muxers)
  }

  /// What a dialler sends before it hears anything.
  mutating func start() throws -> ByteBuffer? {
    guard case .dialing(let dialer) = stage else { return nil }
    var first = dialer.start()
    if lazy, var message = try handshake.start() { first.writeBuffer(&message) }
    return first
  }

  /// Takes what belongs to the upgrade; what is left behind belongs to the Noise transport.
  /// - Throws: `MultistreamError` or `NoiseError`; the connection is to be closed.
  mutating func receive(_ bytes: inout ByteBuffer) throws -> [Output] {
    var outputs: [Output] = []
    var goesOn = true
    while goesOn, bytes.readableBytes > 0 {
      goesOn = false
      switch stage {
      case .dialing(var dialer):
        let answers = try dialer.receive(&bytes)
        stage = .dialing(dialer)
        for answer in answers {
          switch answer {
          case .send(let bytes): outputs.append(.send(bytes))
          case .agreed:
            stage = .handshaking
            goesOn = true
            if !lazy, let message = try handshake.start() { outputs.append(.send(message)) }
          }
        }
      case .listening(var listener):
        let answers = try listener.receive(&bytes)
        stage = .listening(listener)
        for answer in answers {
          switch answer {
          case .send(let bytes): outputs.append(.send(bytes))
          case .agreed:
            stage = .handshaking
            goesOn = true
          }
        }
      case .handshaking:
        for answer in try handshake.receive(&bytes) {
          switch answer {
          case .send(let bytes): outputs.append(.send(bytes))
          case .complete(let result):
            stage = .done
            outputs.append(.secured(result))
          }
        }
      case .done:
        return outputs
      }
    }
    return outputs
  }
}
