/// The number of one stream on a connection, as it stands in the frame header.
///
/// The client of the connection numbers its streams 1, 3, 5…, the server 2, 4, 6…; 0 stands for the session itself.
public struct StreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number on the wire.
  public let rawValue: UInt32

  /// A stream number from the wire or from a test.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The id that pings and go-aways carry.
  static let session = StreamID(0)

  /// The decimal number.
  public var description: String { String(rawValue) }

  /// Orders streams of one side by the time at which they were opened.
  public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }
}
