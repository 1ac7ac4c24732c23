import Identity

/// A file of ours that others can fetch.
public struct OfferedFile: Sendable, Hashable {
  /// What they ask for it by.
  public let id: String
  /// Where it is; others never learn of it.
  public let path: String
  /// How many bytes it had when it was offered; what is sent is what it is then.
  public let size: UInt64
}

/// A peer has a file for everybody.
public struct FileAnnouncement: Sendable, Hashable {
  /// Who has it; it is to be fetched from there.
  public let from: PeerID
  /// What to ask for: any text without control characters, and not a path. See ``FileID/downloadName(_:)``.
  public let id: String
  /// When it was heard of, in nanoseconds of Unix time by our clock.
  public let receivedNanos: Int64
}

/// How far a file has come.
public struct FileProgress: Sendable, Hashable {
  /// Bytes that are on the disk.
  public let received: UInt64
  /// Bytes that the file has.
  public let total: UInt64
}

/// A file that has come, whole.
public struct FetchedFile: Sendable, Hashable {
  /// Where it is.
  public let path: String
  /// How long it is.
  public let bytes: UInt64
}
