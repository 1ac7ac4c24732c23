import Limits

/// Remembers which stream numbers the remote side has used, in constant memory.
///
/// Peers may open streams out of order (go-libp2p takes a number and sends its SYN on different goroutines), but a
/// number is never used twice. So the last `Limits.Yamux.closedStreams` numbers below the highest one are a bit
/// each, as in the replay windows of DTLS and WireGuard; whatever is older counts as used.
struct UsedStreamIDs: Sendable {
  private static let width = UInt32(clamping: Limits.Yamux.closedStreams)
  private var words = [UInt64](repeating: 0, count: (Limits.Yamux.closedStreams + 63) / 64)
  private var highest: UInt32?

  /// Numbers of one side differ by two: this numbers them by one.
  private func ordinal(_ stream: StreamID) -> UInt32 { stream.rawValue >> 1 }

  /// Whether the stream was opened before, or is so old that it must have been.
  func contains(_ stream: StreamID) -> Bool {
    let ordinal = ordinal(stream)
    guard let highest, ordinal <= highest else { return false }
    return highest - ordinal >= Self.width || bit(ordinal)
  }

  /// Notes that the stream was opened.
  mutating func insert(_ stream: StreamID) {
    let ordinal = ordinal(stream)
    if let highest, ordinal <= highest {
      if highest - ordinal < Self.width { setBit(ordinal, true) }
      return
    }
    forget(upTo: ordinal)
    highest = ordinal
    setBit(ordinal, true)
  }

  /// Clears the bits that the numbers above the old highest one now take over.
  private mutating func forget(upTo ordinal: UInt32) {
    guard let highest, ordinal - highest < Self.width else {
      for index in words.indices { words[index] = 0 }
      return
    }
    for skipped in highest...ordinal where skipped != highest { setBit(skipped, false) }
  }

  private func bit(_ ordinal: UInt32) -> Bool {
    let position = Int(ordinal % Self.width)
    return words[position / 64] & (1 << UInt64(position % 64)) != 0
  }

  private mutating func setBit(_ ordinal: UInt32, _ value: Bool) {
    let position = Int(ordinal % Self.width)
    let mask: UInt64 = 1 << UInt64(position % 64)
    if value { words[position / 64] |= mask } else { words[position / 64] &= ~mask }
  }
}
