/// Why a file was not offered, not announced, or not fetched.
public enum FileTransferError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no connection to the peer.
  case notConnected
  /// The peer serves no files.
  case unsupported
  /// The id is empty, too long, or has control characters in it.
  case invalidID
  /// The name is no name of a file in a folder.
  case invalidName
  /// The peer ended the stream without an answer: it has no such file.
  case notFound
  /// The file has no bytes; others take that for an error.
  case empty
  /// The peer announces more bytes than are wanted.
  case tooLarge(bytes: UInt64, limit: UInt64)
  /// The stream ended before the file did.
  case shorter(received: UInt64, announced: UInt64)
  /// More came than was announced.
  case longer(announced: UInt64)
  /// The length before the file is none.
  case malformed(String)
  /// Nothing came for too long.
  case timeout
  /// The connection or the stream went away.
  case lost(String)
  /// The disk said no; what it said.
  case disk(String)
  /// There is something at that path already.
  case exists(String)
  /// It is a folder, a device or the like.
  case notAFile(String)
  /// The folder holds as much as it may.
  case full
  /// So many transfers, or files on offer, are there already.
  case tooMany(Int)
  /// Announcing files is switched off.
  case notAnnouncing
  /// The caller was cancelled.
  case cancelled
  /// The node is shut down.
  case stopping

  /// One line, fit for a terminal.
  public var description: String {
    switch self {
    case .notConnected: "not connected to the peer"
    case .unsupported: "the peer serves no files"
    case .invalidID: "that is no id of a file"
    case .invalidName: "that is no name of a file in a folder"
    case .notFound: "the peer has no such file"
    case .empty: "the file is empty"
    case .tooLarge(let bytes, let limit): "the file has \(bytes) bytes, more than the \(limit) that are wanted"
    case .shorter(let received, let announced): "\(received) of \(announced) bytes came, then the peer ended the stream"
    case .longer(let announced): "the peer sent more than the \(announced) bytes that it announced"
    case .malformed(let why): "the peer's answer makes no sense: \(TerminalText.sanitized(why, limit: 200))"
    case .timeout: "nothing came from the peer for too long"
    case .lost(let why): "the stream was lost: \(TerminalText.sanitized(why, limit: 200))"
    case .disk(let why): TerminalText.sanitized(why, limit: 400)
    case .exists(let path): "\(TerminalText.sanitized(path, limit: 300)) is there already"
    case .notAFile(let path): "\(TerminalText.sanitized(path, limit: 300)) is not a file"
    case .full: "the folder holds as much as it may"
    case .tooMany(let count): "there are \(count) already"
    case .notAnnouncing: "announcing files is switched off"
    case .cancelled: "cancelled"
    case .stopping: "the peer is stopping"
    }
  }
}
