import NIOCore

/// The seed's `system_messages.txt`: each line appended as `[HH:MM:SS] <text>`, in local time.
public struct SystemLog: Sendable {
  /// What goes on in a room, in the words of the seed.
  public enum Entry: Sendable, CustomStringConvertible {
    case started
    case nickname(String)
    case multiaddr(String)
    case commands
    case joined(nickname: String)
    case notJoined(reason: String)
    case notPublished(reason: String)

    /// One line.
    public var description: String {
      switch self {
      case .started: "Universal Connectivity Chat Started"
      case .nickname(let name): "Nickname: \(name)"
      case .multiaddr(let address): "Multiaddr: \(address)"
      case .commands: "Commands: /quit, /peers, /status, /multiaddr"
      case .joined(let name): "Joined chat room as '\(name)'"
      case .notJoined(let reason): "ERROR: Failed to subscribe to topics: \(reason)"
      case .notPublished(let reason): "ERROR: Failed to publish message: \(reason)"
      }
    }
  }

  private let file: DiskFile

  /// - Throws: ``FileTransferError`` when the file cannot be opened or made.
  public init(path: String) throws(FileTransferError) {
    file = try DiskFile.openToAppend(path)
  }

  /// Appends a line, for which it may wait for the disk. A disk that is full loses it: nothing depends on it.
  public func append(_ entry: Entry) {
    let line = TerminalText.sanitized(entry.description)
    try? file.append([ByteBuffer(string: "[\(ClockTime.now)] \(line)\n")])
  }
}
