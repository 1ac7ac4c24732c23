import NIOCore

/// Decides when a room can be talked into.
///
/// Ready is: somebody subscribed to the topic is in our mesh. A publication before that reaches nobody, the commonest
/// surprise of gossipsub users. A peer whose own mesh is full prunes us and is reached all the same, as own messages
/// go to every subscriber; so a subscriber that stays for a few heartbeats counts too.
///
/// Ready is said once: a mesh that comes and goes must not make a bot greet again and again.
public struct Readiness: Sendable, Hashable {
  /// How long a subscriber has to stay when the mesh does not form.
  public static let grace = TimeAmount.seconds(3)

  /// Whether ready was said.
  public private(set) var isReady = false

  private var firstSubscriber: NIODeadline?

  /// Not ready.
  public init() {}

  /// Takes what is known about the room now. Returns true exactly once: when it becomes ready.
  public mutating func update(meshPeers: Int, subscribers: Int, now: NIODeadline) -> Bool {
    guard !isReady else { return false }
    if subscribers == 0 && meshPeers == 0 {
      firstSubscriber = nil
      return false
    }
    let since = firstSubscriber ?? now
    firstSubscriber = since
    isReady = meshPeers > 0 || now - since >= Self.grace
    return isReady
  }

  /// When `update` should be called again even if nothing happens; nil if there is nothing to wait for.
  public var deadline: NIODeadline? {
    isReady ? nil : firstSubscriber.map { $0 + Self.grace }
  }
}
