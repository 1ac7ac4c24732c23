import Limits
import NIOCore

/// How much the remote side may still send on a stream, and when it is told that it may send more.
///
/// An update is sent when half of the window has been *consumed* (read by the application, not only received): more
/// often would be a frame for every read, less often would stall the sender. When that half went by in less than
/// four round trips, the window and not the network is what limits the sender, and the window doubles, as in
/// go-yamux and, with two round trips, rust-yamux. Windows never shrink: what was granted cannot be taken back.
struct ReceiveWindow: Sendable {
  /// The size of the window: bytes granted, received and not consumed, together.
  private(set) var size = Limits.Yamux.initialWindow
  /// Bytes that the remote side may still send.
  private(set) var granted = Limits.Yamux.initialWindow
  /// Bytes received and not yet consumed.
  private(set) var unconsumed: UInt32 = 0
  /// When the last update was sent, or the stream was opened.
  private var epoch: NIODeadline

  /// Round trips in which half a window must be consumed for the window to double.
  private static let epochRoundTrips: Int64 = 4

  init(now: NIODeadline) { self.epoch = now }

  /// Books a data frame of `length` bytes; `false`, and nothing changed, when the window does not allow it.
  mutating func receive(_ length: UInt32) -> Bool {
    guard length <= granted else { return false }
    granted -= length
    unconsumed += length
    return true
  }

  /// Books that the application read `count` bytes and says how many more the remote side may send, if it is time
  /// to say so.
  ///
  /// - Parameters:
  ///   - roundTrip: the connection's round trip, where it is known.
  ///   - growth: what all windows of the connection together may still grow; reduced by what this one takes.
  mutating func consume(_ count: Int, now: NIODeadline, roundTrip: TimeAmount?, growth: inout Int) -> UInt32? {
    unconsumed -= min(UInt32(clamping: count), unconsumed)
    guard size - granted - unconsumed >= size / 2 else { return nil }
    if let roundTrip, isFast(now: now, roundTrip: roundTrip) { grow(&growth) }
    epoch = now
    let delta = size - granted - unconsumed
    granted += delta
    return delta
  }

  private func isFast(now: NIODeadline, roundTrip: TimeAmount) -> Bool {
    let limit = roundTrip.nanoseconds.multipliedReportingOverflow(by: Self.epochRoundTrips)
    return limit.overflow || (now - epoch).nanoseconds < limit.partialValue
  }

  private mutating func grow(_ growth: inout Int) {
    let wanted = min(Int(size), Int(Limits.Yamux.maximumWindow) - Int(size))
    guard wanted > 0, wanted <= growth else { return }
    growth -= wanted
    size += UInt32(clamping: wanted)
  }

  /// Whether the remote side can send so little that it may have stopped already (ours keeps 6,144 bytes back).
  var isNearlyFull: Bool { granted < size / 8 }

  /// What the window has grown beyond its first size: given back to the connection when the stream ends.
  var grown: Int { Int(size - Limits.Yamux.initialWindow) }
}
