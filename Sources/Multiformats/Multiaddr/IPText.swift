/// IP addresses as text. No resolver, no zone, no leading zeros: what is read is one spelling of one address.
public enum IPText {
  /// Reads four decimal numbers with dots between them.
  public static func parseIP4(_ text: some Collection<UInt8>) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4)
    for part in parts {
      guard (1...3).contains(part.count), let number = decimal(part, maximum: 255) else { return nil }
      // A leading zero reads as octal to some: refused, as Go and Rust do.
      guard part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: number))
    }
    return bytes
  }

  /// Reads eight groups of hexadecimal digits, one run of zero groups written as `::`, the last two perhaps as an IPv4
  /// address (RFC 4291 §2.2).
  public static func parseIP6(_ text: some Collection<UInt8>) -> [UInt8]? {
    // The longest spelling has 45 bytes.
    guard text.count <= 45 else { return nil }
    var parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count >= 3, parts.count <= 9 else { return nil }
    // "::" at an end leaves two empty parts there; one of them stands for the run.
    if let first = parts.first, first.isEmpty {
      guard parts[1].isEmpty else { return nil }
      parts.removeFirst()
    }
    if let last = parts.last, last.isEmpty, parts.count >= 2 {
      guard parts[parts.count - 2].isEmpty else { return nil }
      parts.removeLast()
    }
    var head: [UInt8] = []
    var tail: [UInt8] = []
    var compressed = false
    for (index, part) in parts.enumerated() {
      var bytes: [UInt8]
      if part.isEmpty {
        guard !compressed else { return nil }
        compressed = true
        continue
      } else if let group = hexadecimal(part) {
        bytes = [UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group)]
      } else if index == parts.count - 1, let ip4 = parseIP4(part) {
        bytes = ip4
      } else {
        return nil
      }
      if compressed { tail += bytes } else { head += bytes }
    }
    let missing = 16 - head.count - tail.count
    // A run stands for at least one group.
    guard compressed ? missing >= 2 : missing == 0 else { return nil }
    return head + [UInt8](repeating: 0, count: missing) + tail
  }

  /// Writes four bytes as an IPv4 address.
  public static func ip4(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { String($0) }.joined(separator: ".")
  }

  /// Writes sixteen bytes as RFC 5952 wants them: lower case, no leading zeros, the longest run of zero groups (the
  /// first of equal ones, two groups at least) as `::`, an IPv4-mapped address with dots.
  public static func ip6(_ bytes: [UInt8]) -> String {
    guard bytes.count == 16 else { return "" }
    if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
      return "::ffff:" + ip4(bytes[12...])
    }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var run = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > run.count { run = start..<end }
      start = max(end, start + 1)
    }
    func text(_ part: some Sequence<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return run.isEmpty ? text(groups) : text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
  }

  /// Reads decimal digits, nothing else, up to `maximum`.
  static func decimal(_ text: some Collection<UInt8>, maximum: UInt64) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var number: UInt64 = 0
    for character in text {
      guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(character - UInt8(ascii: "0")))
      guard !overflow, !carry, sum <= maximum else { return nil }
      number = sum
    }
    return number
  }

  private static func hexadecimal(_ text: [UInt8]) -> UInt16? {
    guard (1...4).contains(text.count) else { return nil }
    var number: UInt16 = 0
    for character in text {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt16(character - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt16(character - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt16(character - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return number
  }
}
