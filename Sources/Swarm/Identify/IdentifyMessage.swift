import Identity
import Limits
import Multiformats
import NIOCore
import SwiftProtobuf

/// The identify message on the wire: what is sent, and what is made of what comes (libp2p/specs identify).
enum IdentifyMessage {
  /// The message of this peer, at most `Limits.Identify.sendBytes` long: the signed record, which says nothing that the
  /// addresses do not, is left out first, then addresses from the end until it fits.
  static func encode(
    identity: KeyPair, configuration: SwarmConfiguration, listenAddresses: [Multiaddr], protocols: [String],
    observed: Multiaddr?, record: [UInt8]?
  ) throws -> ByteBuffer {
    var message = ProtoIdentify()
    message.publicKey = .init(identity.publicKey.protobuf)
    message.protocols = protocols
    message.listenAddrs = listenAddresses.prefix(Limits.Identify.addresses).map { .init($0.withoutPeerID.bytes) }
    if let observed { message.observedAddr = .init(observed.bytes) }
    message.protocolVersion = configuration.protocolVersion
    message.agentVersion = configuration.agent
    if let record { message.signedPeerRecord = .init(record) }
    var bytes: [UInt8] = try message.serializedBytes()
    while bytes.count > Limits.Identify.sendBytes {
      if message.hasSignedPeerRecord {
        message.clearSignedPeerRecord()
      } else if !message.listenAddrs.isEmpty {
        message.listenAddrs.removeLast()
      } else {
        break
      }
      bytes = try message.serializedBytes()
    }
    return ByteBuffer(bytes: bytes)
  }

  /// Merges one message into what is known of a peer: fields that are present replace, fields that are absent stay, as a
  /// push may carry only what changed and go sends the signed record in a message of its own.
  ///
  /// What is wrong is left out, never trapped on: an address that does not parse, a record of someone else, a key that
  /// is not the connection's.
  /// - Throws: `SwarmError.protocolViolation` if the bytes are no protobuf or name another peer.
  static func merge(_ bytes: ByteBuffer, into info: inout IdentifyInfo, from peer: PeerID) throws {
    guard bytes.readableBytes <= Limits.Identify.receiveBytes else {
      throw SwarmError.protocolViolation(
        "identify: message of \(bytes.readableBytes) bytes, at most \(Limits.Identify.receiveBytes)")
    }
    let message: ProtoIdentify
    do {
      message = try ProtoIdentify(serializedBytes: Array(bytes.readableBytesView))
    } catch {
      throw SwarmError.protocolViolation("identify: not a protobuf message of its kind")
    }
    if message.hasPublicKey {
      guard let key = try? PublicKey(protobuf: message.publicKey), PeerID(publicKey: key) == peer else {
        throw SwarmError.protocolViolation("identify: the key is not that of \(peer)")
      }
    }
    if message.hasAgentVersion { info.agent = cut(message.agentVersion) }
    if message.hasProtocolVersion {
      info.protocolVersion = cut(message.protocolVersion)
    }
    if !message.protocols.isEmpty {
      info.protocols = message.protocols.lazy
        .filter { !$0.isEmpty && $0.utf8.count <= Limits.Multistream.line }
        .prefix(Limits.Identify.protocols).map { $0 }
    }
    if message.hasObservedAddr { info.observedAddress = try? Multiaddr(bytes: message.observedAddr) }
    if message.hasSignedPeerRecord,
      let record = try? PeerRecord.open([UInt8](message.signedPeerRecord)), record.peerID == peer
    {
      info.listenAddresses = Array(record.addresses.prefix(Limits.Identify.addresses))
      info.isCertified = true
      info.signedRecord = [UInt8](message.signedPeerRecord)
    } else if !message.listenAddrs.isEmpty, !info.isCertified || !message.hasSignedPeerRecord {
      info.listenAddresses = message.listenAddrs.lazy.prefix(Limits.Identify.addresses)
        .compactMap { try? Multiaddr(bytes: $0) }
      info.isCertified = false
      info.signedRecord = nil
    }
  }
  /// By scalars and not by characters, one of which may be kilobytes long.
  private static func cut(_ text: String) -> String {
    String(text.unicodeScalars.prefix(Limits.Identify.agent))
  }
}
