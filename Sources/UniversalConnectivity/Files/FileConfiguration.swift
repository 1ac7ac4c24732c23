import Limits
import NIOCore

/// How files are offered, announced and fetched.
public struct FileConfiguration: Sendable {
  /// Whether the node joins the topic that files are announced on, and reports what is announced.
  public var follows = false
  /// Whether the node may announce files of its own. Off by default: a go peer that cannot fetch what it has heard
  /// announced ends (wire.md §10).
  public var announces = false
  /// Time until a peer has asked, or answered the first byte.
  public var answerTimeout = TimeAmount.seconds(Int64(Limits.Files.answerSeconds))
  /// Time for which nothing may move once it has begun to.
  public var stallTimeout = TimeAmount.seconds(Int64(Limits.Files.stallSeconds))
  /// Time that the other side has to end the stream when all is sent.
  public var linger = TimeAmount.seconds(Int64(Limits.Files.lingerSeconds))

  /// With the bounds of `Limits.Files`.
  public init() {}
}
