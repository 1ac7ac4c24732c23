import NIOCore

/// When to dial a wanted peer again: exponential back-off with jitter that never gives up.
///
/// A value without a clock or randomness of its own, so that a day of failures is a loop in a test:
///
/// ```swift
/// var schedule = RedialSchedule()
/// let next = schedule.failed(using: &random)        // 0.5…1 s
/// schedule.connected(at: now)
/// let again = schedule.disconnected(at: later, using: &random)
/// ```
///
/// The numbers: a restarted peer is back after seconds, so the first wait is one second and grows gently (×1.75).
/// It ends at half a minute, and one TCP SYN in half a minute burdens nobody. Who has no connection at all is probably
/// cut off himself, and deaf, which users of bots complain about most: for him it ends at five seconds. Each wait is drawn evenly from the upper
/// half of its interval: a thousand bots that lost the same peer come back spread out, and none spins.
public struct RedialSchedule: Sendable, Hashable {
  /// The bounds of a schedule.
  public struct Configuration: Sendable, Hashable {
    /// Longest wait after the first failure.
    public var first: TimeAmount = .seconds(1)
    /// Longest wait of all.
    public var maximum: TimeAmount = .seconds(30)
    /// Longest wait of a peer that has no connection at all.
    public var maximumAlone: TimeAmount = .seconds(5)
    /// A connection that lived at least this long proves that the peer is well, and resets the back-off. A peer that
    /// accepts and hangs up at once does not, or it would be dialled once a second for ever.
    public var stableAfter: TimeAmount = .seconds(10)

    /// The defaults that the type's comment argues for.
    public init() {}
  }

  /// Failures since the last connection that lived.
  public private(set) var failures = 0

  private let configuration: Configuration
  /// The upper end of the interval that the next wait is drawn from.
  private var ceiling: TimeAmount
  private var connectedAt: NIODeadline?

  /// A schedule that has seen no failure.
  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
    ceiling = configuration.first
  }

  /// A dial failed. Returns how long to wait before the next one.
  public mutating func failed(using random: inout some RandomNumberGenerator) -> TimeAmount {
    connectedAt = nil
    return nextWait(using: &random)
  }

  /// Whether one more failure is worth a line: the first ones are, and then some of what would fill a log for weeks.
  public var isWorthTelling: Bool { failures <= 4 || failures.isMultiple(of: 50) }

  /// A wait for somebody who has no connection at all.
  func alone(_ wait: TimeAmount, using random: inout some RandomNumberGenerator) -> TimeAmount {
    guard wait > configuration.maximumAlone else { return wait }
    let upper = max(1, configuration.maximumAlone.nanoseconds)
    return .nanoseconds(Int64.random(in: (upper / 2)...upper, using: &random))
  }

  /// A connection to the peer stands.
  public mutating func connected(at now: NIODeadline) {
    connectedAt = now
  }

  /// The connection is gone. Returns how long to wait before the next dial: the first wait when the connection lived
  /// for `stableAfter`, the next longer one otherwise.
  public mutating func disconnected(
    at now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> TimeAmount {
    if let since = connectedAt, now - since >= configuration.stableAfter {
      failures = 0
      ceiling = configuration.first
    }
    connectedAt = nil
    return nextWait(using: &random)
  }

  private mutating func nextWait(using random: inout some RandomNumberGenerator) -> TimeAmount {
    let upper = max(1, ceiling.nanoseconds)
    let wait = Int64.random(in: (upper / 2)...upper, using: &random)
    failures &+= 1
    // ×1.75 in whole numbers; the ceiling is capped before it can overflow.
    let grown = upper.addingReportingOverflow(upper / 2 &+ upper / 4)
    ceiling = .nanoseconds(grown.overflow ? configuration.maximum.nanoseconds : grown.partialValue)
    if ceiling > configuration.maximum { ceiling = configuration.maximum }
    return .nanoseconds(wait)
  }
}
