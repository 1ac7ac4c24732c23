import Identity
import Limits
import NIOCore

/// A message that a peer sent to us alone.
public struct DirectMessage: Sendable, Hashable {
  /// Who sent it: the other end of the connection that it came on.
  public let from: PeerID
  /// The text: valid UTF-8, at most `Limits.Chat.text` bytes of it.
  public let text: String
  /// Whether `text` is shorter than what was sent.
  public let truncated: Bool
  /// When the sender says that it was written, in milliseconds of Unix time.
  public let sentMilliseconds: Int64
  /// When it arrived, in nanoseconds of Unix time by our clock.
  public let receivedNanos: Int64

  init(_ request: DirectRequest, from peer: PeerID, receivedNanos: Int64) {
    from = peer
    text = UTF8Text.prefix(of: request.content, limit: Limits.Chat.text)
    truncated = text.utf8.count < request.content.utf8.count
    sentMilliseconds = request.metadata.milliseconds
    self.receivedNanos = receivedNanos
  }
}

/// Why a direct message did not arrive, or is not known to have.
public enum DirectMessageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no connection to the peer.
  case notConnected
  /// The peer takes no direct messages.
  case unsupported
  /// There is nothing to send.
  case empty
  /// The text has more bytes than may be sent.
  case tooLong(bytes: Int, limit: Int)
  /// So many messages wait for their answers already.
  case tooMany(Int)
  /// No answer came in time; the peer may have got the message all the same.
  case timeout
  /// The peer answered that it did not take the message; what it says of the reason.
  case refused(String)
  /// What the peer answered is no answer, or there was none.
  case badAnswer(String)
  /// The connection or the stream went away.
  case lost(String)
  /// The node is shut down.
  case stopping

  /// One line, fit for a terminal.
  public var description: String {
    switch self {
    case .notConnected: "not connected to the peer"
    case .unsupported: "the peer takes no direct messages"
    case .empty: "an empty message is not sent"
    case .tooLong(let bytes, let limit): "the text has \(bytes) bytes, more than the \(limit) that may be sent"
    case .tooMany(let count): "\(count) direct messages wait for their answers already"
    case .timeout: "the peer did not answer in time"
    case .refused(let why): "the peer refused the message\(Self.detail(why))"
    case .badAnswer(let why): "the peer's answer makes no sense\(Self.detail(why))"
    case .lost(let why): "the stream was lost\(Self.detail(why))"
    case .stopping: "the peer is stopping"
    }
  }

  private static func detail(_ text: String) -> String {
    text.isEmpty ? "" : ": \(TerminalText.sanitized(text, limit: 200))"
  }
}

/// How direct messages are sent and taken.
public struct DirectMessageConfiguration: Sendable {
  /// Whether others may send to this node; identify tells them so.
  public var isServed = true
  /// Time from the call to the peer's answer.
  public var timeout = TimeAmount.seconds(Int64(Limits.Direct.seconds))
  /// Time that a peer has for its request once its stream is open.
  public var requestTimeout = TimeAmount.seconds(Int64(Limits.Direct.requestSeconds))
  /// Time that a peer has to end the stream after our answer; js never does.
  public var linger = TimeAmount.seconds(Int64(Limits.Direct.lingerSeconds))
  /// The time by which a peer's messages are counted; tests have one of their own.
  var now: @Sendable () -> NIODeadline = { .now() }

  /// As js-peer does, with the bounds of `Limits.Direct`.
  public init() {}
}
