/// Why a store did not do what was asked.
public enum StoreError: Error, Hashable, Sendable {
  /// There are as many keys as there may be, or as many bytes, or the disk is full.
  case full
  /// A key or a value is larger than may be.
  case tooLarge
  /// Another process has the file open.
  case locked(path: String)
  /// The file is not what was written to it.
  case damaged(path: String, reason: String)
  /// The file cannot be used for another reason, told in words.
  case unusable(path: String, reason: String)
}

extension StoreError: CustomStringConvertible {
  /// What to tell an operator.
  public var description: String {
    switch self {
    case .full: "the store is full"
    case .tooLarge: "the key or the value is too large for the store"
    case .locked(let path): "\(path): another process uses this store"
    case .damaged(let path, let reason): "\(path): the store is damaged: \(reason)"
    case .unusable(let path, let reason): "\(path): \(reason)"
    }
  }
}
