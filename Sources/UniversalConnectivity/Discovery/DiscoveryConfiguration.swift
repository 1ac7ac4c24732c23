import Limits
import NIOCore

/// How peers are found that announce themselves on the discovery topic.
public struct DiscoveryConfiguration: Sendable {
  /// The topic of all universal-connectivity applications (wire.md §2).
  public static let topic = "universal-connectivity-browser-peer-discovery"

  /// Whether the node joins the topic, and dials whom it hears of there.
  public var follows = false
  /// Whether the node announces itself, as long as somebody listens.
  public var announces = false
  /// Whether addresses of loopback and of private networks are dialled and announced. Off by default: anybody can have
  /// us dial what stands in an announcement.
  public var allowsLocalAddresses = false
  /// Time between two announcements.
  public var interval = TimeAmount.seconds(Int64(Limits.Discovery.announceSeconds))

  /// Whether the node finds the peers of the local network by multicast DNS, and lets itself be found.
  public var asksLocalNetwork = false

  /// Neither follows nor announces.
  public init() {}
}
