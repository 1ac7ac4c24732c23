/// Why a store did not do what was asked.
public enum StoreError: Error, Hashable, Sendable {
  /// There are as many keys as there may be, or as many bytes, or the disk is full.
  case full
  /// A key or a value is larger than may be.
  case tooLarge
  /// Another process has the file open.
  case locked(path: String)
  /// The value is not of the kind that the operation is for.
  case wrongType
  /// The number would not fit an integer of 64 bits.
  case overflow
  /// The file cannot be used; why, in words.
  case unusable(path: String, reason: String)
}

extension StoreError: CustomStringConvertible {
  /// One sentence for a log.
  public var description: String {
    switch self {
    case .full: "the store is full"
    case .tooLarge: "the key or the value is too large"
    case .locked(let path): "\(path) is in use by another process"
    case .wrongType: "the value is not a number"
    case .overflow: "the number does not fit"
    case .unusable(let path, let reason): "\(path): \(reason)"
    }
  }
}
