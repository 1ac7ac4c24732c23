import Limits

/// A domain name: labels of 1 to 63 bytes, 255 bytes in all. Names that differ in the case of ASCII letters only are
/// equal (RFC 1035 §2.3.3).
public struct DNSName: Sendable {
  /// The labels, the most special first, as they were written; the root has none.
  public let labels: [[UInt8]]

  /// A name of these labels; nil if one is empty or too long, or all of them are.
  public init?(labels: [[UInt8]]) {
    guard labels.allSatisfy({ (1...63).contains($0.count) }), Self.length(labels) <= Limits.DNS.name else { return nil }
    self.labels = labels
  }

  /// Reads `_p2p._udp.local`; a dot at the end is ignored.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let whole = bytes.last == UInt8(ascii: ".") ? bytes.dropLast() : bytes[...]
    guard !whole.isEmpty else { return nil }
    self.init(labels: whole.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) })
  }

  init(valid labels: [[UInt8]]) { self.labels = labels }

  /// The name with one more label before it; nil if that is too much.
  public func child(_ label: String) -> DNSName? { DNSName(labels: [Array(label.utf8)] + labels) }

  /// The name without its first label; nil of the root.
  public var parent: DNSName? { labels.isEmpty ? nil : DNSName(valid: Array(labels.dropFirst())) }

  /// How many bytes labels take in a message, uncompressed.
  static func length(_ labels: [[UInt8]]) -> Int { labels.reduce(1) { $0 + $1.count + 1 } }

  /// The labels in small letters, which is what is compared.
  var folded: [[UInt8]] {
    labels.map { label in label.map { (65...90).contains($0) ? $0 | 0x20 : $0 } }
  }
}

extension DNSName: Hashable {
  /// Whether the names are the same but for capital letters.
  public static func == (left: DNSName, right: DNSName) -> Bool {
    left.labels.count == right.labels.count && left.folded == right.folded
  }

  /// Feeds what is compared.
  public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension DNSName: CustomStringConvertible {
  /// The labels with dots between them; bytes that are no visible ASCII as `\ddd` (RFC 4343 §2.1).
  public var description: String {
    labels.map { label in
      label.map { byte in
        let isPlain = (33...126).contains(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "\\")
        if isPlain { return String(Character(Unicode.Scalar(byte))) }
        let digits = String(byte)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }.joined()
    }.joined(separator: ".")
  }
}
