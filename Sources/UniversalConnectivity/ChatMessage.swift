import Identity
import Limits
import NIOCore

/// One message of the room, as a reader may use it.
///
/// On the wire a chat message is the typed text and nothing else, or one of several protobufs and JSON objects (wire.md
/// §4.1), written by anybody: here it has become valid UTF-8 of a bounded length. Control characters are still in it, for a script that wants them; a terminal or a
/// log gets ``TerminalText/sanitized(_:)`` of it.
public struct ChatMessage: Sendable {
  /// The id that the mesh knows it by.
  public let id: [UInt8]
  /// The author, whose signature was checked.
  public let from: PeerID
  /// The bytes as they came, a slice of what was received.
  public let data: ByteBuffer
  /// What came along with the text, where the payload is more than text; all of it is the writer's claim.
  public let payload: ChatPayload?
  /// The text: valid UTF-8, at most `Limits.Chat.text` bytes of it.
  public let text: String
  /// Whether `text` is shorter than what was sent.
  public let truncated: Bool
  /// Whether what was sent was UTF-8; where it was not, `text` has U+FFFD.
  public let isUTF8: Bool
  /// The topic that it was published on.
  public let room: String
  /// When it arrived, in nanoseconds of Unix time by our clock; plain text carries no time.
  public let receivedNanos: Int64

  /// How the payload was written.
  public var format: ChatPayload.Format { payload?.format ?? .raw }
  /// What it is about; plain text is chat.
  public var kind: ChatPayload.Kind { payload?.kind ?? .chat }

  /// Reads the text out of `data`.
  ///
  /// - Parameter limit: Most bytes of text that are kept; the default is the bound that scripts rely on.
  public init(
    id: [UInt8], from: PeerID, data: ByteBuffer, room: String, receivedNanos: Int64, limit: Int = Limits.Chat.text
  ) {
    self.id = id
    self.from = from
    self.data = data
    self.room = room
    self.receivedNanos = receivedNanos
    if let payload = ChatPayload(data) {
      self.payload = payload
      text = UTF8Text.prefix(of: payload.text, limit: limit)
      truncated = text.utf8.count < payload.text.utf8.count
      isUTF8 = true
      return
    }
    payload = nil
    let decoded = data.withUnsafeReadableBytes { UTF8Text($0.bindMemory(to: UInt8.self), limit: limit) }
    text = decoded.text
    truncated = decoded.isCut
    isUTF8 = decoded.isValid
  }
}
