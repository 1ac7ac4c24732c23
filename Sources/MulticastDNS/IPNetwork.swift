/// The addresses that begin with the same bits: those of one link.
public struct IPNetwork: Sendable, Hashable {
  /// The address of ours in it: four bytes or sixteen.
  public let address: [UInt8]
  /// How many of its bits all of them have.
  public let prefix: Int

  /// - Parameters:
  ///   - address: Four bytes or sixteen.
  ///   - prefix: How many bits the addresses have in common.
  public init(_ address: [UInt8], prefix: Int) {
    self.address = address
    self.prefix = prefix
  }

  /// The network of an address and a mask of as many bytes.
  public init(_ address: [UInt8], mask: [UInt8]) {
    self.init(address, prefix: mask.reduce(0) { $0 + $1.nonzeroBitCount })
  }

  /// Whether an address is one of them.
  public func contains(_ other: [UInt8]) -> Bool {
    guard other.count == address.count else { return false }
    var bits = prefix
    for (ours, theirs) in zip(address, other) where bits > 0 {
      let mask: UInt8 = bits >= 8 ? 0xFF : ~(0xFF >> UInt8(bits))
      guard ours & mask == theirs & mask else { return false }
      bits -= 8
    }
    return true
  }
}
