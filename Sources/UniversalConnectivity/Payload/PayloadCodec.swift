import Identity
import NIOCore

/// The form in which a node writes its chat messages. Every form is read, whichever is written; see ``ChatPayload``.
public enum PayloadCodec: String, Sendable, Hashable, CaseIterable {
  /// The typed text and nothing else, as all live applications do (wire.md §4.1).
  case raw
  /// The flat protobuf of the workshop's lessons 6 and 7, the only one that its checker understands.
  case flat
  /// The protobuf with a `oneof` of the workshop's lesson 8.
  case oneof
  /// The seed's JSON object; see ``JSONChatMessage``.
  case json

  /// The payload that says `text`.
  ///
  /// - Parameters:
  ///   - peer: The author, who stands in the flat and the JSON form.
  ///   - nick: What the author calls itself; in the JSON form only.
  ///   - unixNanos: The time, in nanoseconds; in the flat and the JSON form.
  /// - Throws: ``PayloadError/notText``: only the raw form takes bytes that are not UTF-8.
  public func encode(
    _ text: ByteBuffer, from peer: PeerID, nick: String, unixNanos: Int64
  ) throws(PayloadError) -> ByteBuffer {
    if self == .raw { return text }
    guard let string = String(validating: text.readableBytesView, as: UTF8.self) else { throw .notText }
    switch self {
    case .raw: return text
    case .json:
      let message = JSONChatMessage(
        message: string, senderID: peer.description, senderNick: nick, timestamp: Double(unixNanos) / 1e9)
      return ByteBuffer(string: message.json)
    case .flat:
      var message = ProtoFlatChat()
      message.from = peer.description
      message.message = string
      message.timestamp = unixNanos / 1_000_000_000
      return try Self.buffer(try? message.serializedBytes())
    case .oneof:
      var message = ProtoOneofChat()
      message.chat.message = string
      return try Self.buffer(try? message.serializedBytes())
    }
  }

  private static func buffer(_ bytes: [UInt8]?) throws(PayloadError) -> ByteBuffer {
    guard let bytes else { throw .notText }
    return ByteBuffer(bytes: bytes)
  }
}

/// Why a text cannot be put into a payload.
public enum PayloadError: Error, Sendable, Hashable {
  /// It is not UTF-8, and the codec takes nothing else.
  case notText
}
