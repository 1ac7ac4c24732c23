/// The files that `uc.log.file` of one script writes, and nothing else: a directory, or in tests none.
public protocol BotLogFiles: AnyObject, Sendable {
  /// The names of all that are there.
  func names() -> [String]
  /// Bytes of a file; 0 when there is none.
  func size(of name: String) -> Int
  /// Writes behind the end of a file, which is made when there is none.
  func append(_ bytes: [UInt8], to name: String) throws(BotLogFileError)
  /// Removes a file, if it is there.
  func remove(_ name: String)
}

/// Why a line was not written.
public struct BotLogFileError: Error, Sendable {
  /// The system's reason, with the path.
  public var message: String

  /// An error with this text.
  public init(_ message: String) { self.message = message }
}
