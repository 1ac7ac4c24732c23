/// What a terminal can do, as the environment tells it.
public struct TerminalKind: Hashable, Sendable {
  /// The variables that tell it.
  public static let variables = ["TERM", "COLORTERM", "NO_COLOR"]

  /// How many colours it has; 0: none, or the user wants none.
  public let colours: Int

  /// - Parameter colours: How many colours it has.
  public init(colours: Int) { self.colours = colours }

  /// Reads `TERM`, `COLORTERM` and `NO_COLOR` (https://no-color.org); nil: text cannot be placed on it.
  public init?(environment: [String: String]) {
    let name = environment["TERM"] ?? ""
    guard !name.isEmpty, name != "dumb", name != "unknown" else { return nil }
    if environment["NO_COLOR"].map({ !$0.isEmpty }) == true {
      colours = 0
    } else if name.contains("256color") || name.contains("direct") || environment["COLORTERM"]?.isEmpty == false {
      colours = 256
    } else if name.hasPrefix("vt") || name.hasSuffix("-mono") || name.hasSuffix("-m") {
      colours = 0
    } else {
      colours = 16
    }
  }

  /// A colour that always is the same for the same name, and readable on light and on dark ground; nil without colours.
  public func colour(for name: String) -> UInt8? {
    let palette: [UInt8]
    switch colours {
    case 256...: palette = Self.many
    case 1...: palette = Self.few
    default: return nil
    }
    // FNV-1a: stable from run to run, as Swift's own hash is not.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return palette[Int((hash >> 32) % UInt64(palette.count))]
  }

  private static let few: [UInt8] = [1, 2, 3, 4, 5, 6, 9, 10, 12, 13, 14]
  private static let many: [UInt8] = [
    30, 31, 32, 33, 34, 35, 37, 38, 62, 63, 64, 65, 67, 68, 71, 72, 92, 93, 97, 98, 99, 106, 107, 125, 126, 129, 130,
    131, 132, 133, 134, 136, 137, 138, 161, 162, 163, 164, 166, 167, 168, 169, 170, 172, 173, 196, 197, 202, 203, 204,
    208,
  ]
}
