/// Why a side stops taking new streams: the length field of a GoAway frame.
///
/// The specification knows three codes; go-libp2p sends others (0x1005 when its connection manager prunes), so any
/// number is accepted.
public struct GoAwayCode: Hashable, Sendable, CustomStringConvertible {
  /// The number on the wire.
  public let rawValue: UInt32

  /// A code from the wire.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The session ends in good order.
  public static let normal = GoAwayCode(0)
  /// The other side broke the protocol.
  public static let protocolError = GoAwayCode(1)
  /// This side cannot go on.
  public static let internalError = GoAwayCode(2)

  /// The code's name, or its number where it has none.
  public var description: String {
    switch self {
    case .normal: "normal termination"
    case .protocolError: "protocol error"
    case .internalError: "internal error"
    default: "code 0x\(String(rawValue, radix: 16))"
    }
  }
}
