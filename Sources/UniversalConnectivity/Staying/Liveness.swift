import NIOCore

/// Whether anybody hears the node, and what to do when nobody does.
///
/// A bot that is up but deaf is what its users complain about most: the process lives, its connection is gone or leads
/// to nobody of the room, and nothing is said of it. So being alone is a state with a beginning. After `deafAfter` it is
/// called deaf, and remedies follow each other until somebody is there: first everybody who is wanted or known is
/// dialled, then the network is looked for anew from the bootstrap peers.
///
/// A value: it is told how many peers hear the room, and answers what is to be done.
public struct Liveness: Sendable, Hashable {
  /// How the node is.
  public enum State: String, Sendable, Hashable {
    /// Nobody has been there yet; it is being looked for somebody.
    case joining
    /// Somebody hears the room.
    case ready
    /// Nobody hears the room, and there is nobody to look for: others have to come.
    case alone
    /// Nobody has heard the room for too long.
    case deaf
  }

  /// What may help.
  public enum Remedy: Sendable, Hashable {
    /// Dial everybody who is wanted or known, at once.
    case redial
    /// Ask the bootstrap peers for others.
    case bootstrap
  }

  /// How the node is now.
  public private(set) var state = State.joining
  /// Since when nobody hears the room; nil while somebody does.
  public private(set) var silentSince: NIODeadline?

  private let deafAfter: TimeAmount?
  private var remedies = 0

  /// - Parameters:
  ///   - deafAfter: Time without anybody after which the node counts as deaf; nil: never.
  ///   - now: The time of the start.
  public init(deafAfter: TimeAmount?, now: NIODeadline) {
    self.deafAfter = deafAfter
    silentSince = now
  }

  /// When `update` has something to say even if nothing happens.
  public var deadline: NIODeadline? {
    guard let silentSince, let deafAfter, state != .alone else { return nil }
    return silentSince + deafAfter * (remedies + 1)
  }

  /// Takes how many peers hear the room.
  /// - Parameter hasSomebodyToLookFor: Whether peers are wanted, or known to be there.
  /// - Returns: What to do, and whether the state is another one now.
  public mutating func update(
    audience: Int, hasSomebodyToLookFor: @autoclosure () -> Bool, now: NIODeadline
  ) -> (remedy: Remedy?, isChanged: Bool) {
    let before = state
    if audience > 0 {
      state = .ready
      silentSince = nil
      remedies = 0
      return (nil, state != before)
    }
    if silentSince == nil { silentSince = now }
    guard hasSomebodyToLookFor() else {
      state = .alone
      return (nil, state != before)
    }
    // Lost only now: it counts as joining again until it has lasted.
    if state != .deaf { state = .joining }
    guard let deadline, now >= deadline else { return (nil, state != before) }
    state = .deaf
    remedies += 1
    return (remedies % 2 == 1 ? .redial : .bootstrap, state != before)
  }

  /// Seconds for which nobody has heard the room.
  public func silence(at now: NIODeadline) -> Double {
    silentSince.map { Double((now - $0).nanoseconds) / 1e9 } ?? 0
  }
}
