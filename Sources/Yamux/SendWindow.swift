import Limits

/// How much may still be sent on a stream.
///
/// A stream starts with 262,144 bytes of credit by the specification. nim-libp2p 1.x starts with 256,000 only and
/// closes the whole connection when a frame is larger than what it has left; its first window update is a
/// replenishment of what it consumed and never makes up the difference (and its ACK is a window update of 0). So
/// the difference, 6,144 bytes, is held back for the whole life of the stream, which costs other peers nothing
/// measurable: they all send an update when half of their window is used.
struct SendWindow: Sendable {
  /// What the specification's arithmetic says is left.
  private(set) var credit = Limits.Yamux.initialWindow

  /// The part of the credit that is never used.
  private static let heldBack = Limits.Yamux.initialWindow - Limits.Yamux.conservativeWindow

  /// Bytes that may be sent now.
  var available: Int { credit > Self.heldBack ? Int(credit - Self.heldBack) : 0 }

  /// Takes `count` bytes, at most `available`, out of the window.
  mutating func use(_ count: Int) {
    credit -= UInt32(clamping: min(max(count, 0), available))
  }

  /// Adds what a window update granted; `false`, and nothing changed, when the sum does not fit 32 bits
  /// (CVE-2026-31814 was a panic here).
  mutating func grant(_ delta: UInt32) -> Bool {
    let (sum, overflow) = credit.addingReportingOverflow(delta)
    if !overflow { credit = sum }
    return !overflow
  }
}
