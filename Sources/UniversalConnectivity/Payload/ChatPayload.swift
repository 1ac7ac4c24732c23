import Limits
import NIOCore

/// What a payload on the chat topic says, whichever application wrote it (wire.md §4.1).
///
/// Only what is *not* plain text becomes one: plain text is read without any of this. Everything in it is what the
/// writer claims; who the author is, the signature tells.
public struct ChatPayload: Sendable, Hashable {
  /// How a payload was written.
  public enum Format: String, Sendable, Hashable {
    /// Text, or bytes that are nothing known.
    case raw
    /// The flat protobuf of the workshop.
    case flat
    /// The workshop's protobuf with a `oneof`.
    case oneof
    /// One of the JSON objects.
    case json
    /// py-peer's `[FILE]{…}`.
    case fileText
  }

  /// What a payload is about.
  public enum Kind: String, Sendable, Hashable {
    case chat
    /// A file is offered, or was sent along; ``ChatPayload/file`` tells of it.
    case file
    /// Something for programs: the addresses of a peer, the signalling of a connection.
    case signalling
  }

  /// A file that somebody talks about. Its bytes, where they came along, are not kept.
  public struct File: Sendable, Hashable {
    /// Its name, as the peer calls it: never a path here.
    public var name: String
    /// Its size in bytes, as the peer says.
    public var size: UInt64
  }

  /// How it was written.
  public var format: Format
  /// What it is about.
  public var kind: Kind
  /// What was said; for a file its name, for signalling nothing.
  public var text: String
  /// The peer id that the payload names as its author.
  public var sender: String?
  /// What the author calls itself, at most `Limits.Chat.nick` bytes.
  public var nick: String?
  /// When the author says that it was written, in seconds of Unix time.
  public var timestamp: Double?
  /// The file that it is about.
  public var file: File?

  init(
    _ format: Format, _ kind: Kind = .chat, text: String, sender: String? = nil, nick: String? = nil,
    timestamp: Double? = nil, file: File? = nil
  ) {
    self.format = format
    self.kind = kind
    self.text = text
    self.sender = sender.map { UTF8Text.prefix(of: $0, limit: Limits.PeerID.text) }
    self.nick = nick.map { UTF8Text.prefix(of: $0, limit: Limits.Chat.nick) }
    self.timestamp = timestamp.flatMap { $0.isFinite ? $0 : nil }
    self.file = file.map { File(name: UTF8Text.prefix(of: $0.name, limit: Limits.Chat.fileName), size: $0.size) }
  }

  /// Reads a payload that is more than text; nil for text, for bytes that are nothing known, and for payloads of more
  /// than `Limits.Chat.structured` bytes.
  public init?(_ data: ByteBuffer) {
    guard let first = data.readableBytesView.first, data.readableBytes <= Limits.Chat.structured else { return nil }
    let payload: ChatPayload?
    switch first {
    case 0x0A: payload = Self.flat(data) ?? Self.oneof(data)
    case 0x12, 0x1A, 0x22: payload = Self.oneof(data)
    case UInt8(ascii: "{"): payload = JSONValue(Array(data.readableBytesView))?.object.flatMap(Self.json)
    case UInt8(ascii: "["): payload = Self.fileText(data)
    default: payload = nil
    }
    guard let payload else { return nil }
    self = payload
  }
}
