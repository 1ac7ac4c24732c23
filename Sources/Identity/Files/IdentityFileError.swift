import Limits

/// Why an identity file cannot be read or made. Each case names the file.
public enum IdentityFileError: Error, Hashable, Sendable {
  /// There is no such file.
  case missing(path: String)
  /// The path leads to a directory, a pipe, a device: to anything but a file.
  case notAFile(path: String)
  /// The system did not let us read it, for the reason that its error number has.
  case unreadable(path: String, errno: Int32)
  /// The system did not let us make it, for the reason that its error number has.
  case notCreated(path: String, errno: Int32)
  /// The file ends before its key does, or goes on after it.
  case wrongSize(path: String, found: Int, expected: Int, type: KeyType)
  /// The file is longer than any identity.
  case tooLong(path: String, limit: Int)
  /// The file is not a private key as libp2p writes them.
  case notAKey(path: String, found: Int)
  /// The key in the file cannot be used.
  case key(path: String, KeyError)
}

extension IdentityFileError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): there is no such file"
    case .notAFile(let path): "\(path): not a file, expected a libp2p private key"
    case .unreadable(let path, let errno): "\(path): cannot read it: \(PosixFile.message(errno))"
    case .notCreated(let path, let errno): "\(path): cannot create it: \(PosixFile.message(errno))"
    case .wrongSize(let path, let found, let expected, let type):
      "\(path): \(found) bytes, \(type == .rsa ? "this" : "an") \(type) identity file has \(expected)"
    case .tooLong(let path, let limit): "\(path): more than \(limit) bytes, no identity file has so many"
    case .notAKey(let path, let found):
      "\(path): \(found) bytes that are no libp2p private key, an Ed25519 identity file has "
        + "\(IdentityFile.ed25519Size) and begins with 08 01 12 40"
    case .key(let path, let error): "\(path): \(error)"
    }
  }
}
