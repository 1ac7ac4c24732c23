/// A chat message as the seed's Python application keeps it: an object with the keys `message`, `sender_id`,
/// `sender_nick` and `timestamp`, and no other.
///
/// ```swift
/// let message = JSONChatMessage(message: "hi", senderID: id, senderNick: "alice", timestamp: 1_700_000_000.5)
/// message.json   // {"message":"hi","sender_id":"12D3…","sender_nick":"alice","timestamp":1700000000.5}
/// ```
public struct JSONChatMessage: Sendable, Hashable {
  /// What was said.
  public var message: String
  /// The author's peer id, as the author claims.
  public var senderID: String
  /// What the author calls itself.
  public var senderNick: String
  /// When it was said, in seconds of Unix time; nil where the JSON has none.
  public var timestamp: Double?

  /// A message.
  public init(message: String, senderID: String, senderNick: String, timestamp: Double?) {
    self.message = message
    self.senderID = senderID
    self.senderNick = senderNick
    self.timestamp = timestamp
  }

  /// Reads it back; unknown keys are skipped.
  /// - Throws: ``JSONChatError``.
  public init(json: some Collection<UInt8>) throws(JSONChatError) {
    guard let members = JSONValue(Array(json))?.object else { throw .notAnObject }
    func text(_ key: String) throws(JSONChatError) -> String {
      guard let value = members[key] else { throw .missing(key) }
      guard let text = value.string else { throw .wrongType(key) }
      return text
    }
    message = try text("message")
    senderID = try text("sender_id")
    senderNick = try text("sender_nick")
    switch members["timestamp"] {
    case .number(let seconds): timestamp = seconds
    case nil, .null: timestamp = nil
    default: throw .wrongType("timestamp")
    }
  }

  /// The object, on one line.
  public var json: String {
    let time = timestamp.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
    return "{\"message\":\(JSONValue.quoted(message)),\"sender_id\":\(JSONValue.quoted(senderID)),"
      + "\"sender_nick\":\(JSONValue.quoted(senderNick)),\"timestamp\":\(time)}"
  }
}

/// Why bytes are no ``JSONChatMessage``.
public enum JSONChatError: Error, Sendable, Hashable {
  /// They are not JSON, or not an object, or one that is nested too deeply.
  case notAnObject
  /// A key that must be there is not.
  case missing(String)
  /// The value of a key is of another type.
  case wrongType(String)
}
