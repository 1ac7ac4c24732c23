import Limits
import Multiformats

/// What is known of one address of one peer. Times are seconds of Unix time.
public struct KnownAddress: Sendable, Hashable {
  /// The address, without `/p2p`.
  public let address: Multiaddr
  /// Who said so; the best of those who did.
  public internal(set) var source: AddressSource
  /// When it is forgotten; nil: never.
  public internal(set) var expires: Int64?
  /// When a connection to it last stood; nil: not yet.
  public internal(set) var lastSuccess: Int64?
  /// Dials that have failed since.
  public internal(set) var failures = 0
  /// When the last of them did.
  public internal(set) var lastFailure: Int64 = 0

  /// When it may be dialled again: at once, then after 5 s, 6 s, 9 s, 14 s, … 5 minutes, as go has it.
  var restsUntil: Int64 {
    guard failures > 0 else { return .min }
    let tries = Int64(min(failures - 1, 100))
    return lastFailure.saturatingAdd(
      min(Limits.Peerstore.backoffSeconds + tries * tries, Limits.Peerstore.backoffMaximumSeconds))
  }

  func isExpired(at now: Int64) -> Bool { expires.map { $0 <= now } ?? false }
}

extension Int64 {
  /// The sum, or the largest number there is: clocks of others are not to be trusted.
  func saturatingAdd(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
