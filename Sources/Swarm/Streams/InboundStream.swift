import Identity
import NIOCore

/// A stream that a remote peer opened, its protocol agreed.
///
/// The channel does not read before the accepting closure has returned, so handlers added there miss nothing.
public struct InboundStream: Sendable {
  /// `ByteBuffer`s in and out; FIN is `ChannelEvent.inputClosed`.
  public let channel: any Channel
  /// Who opened it.
  public let peer: PeerID
  /// What was agreed.
  public let protocolID: String
}
