import CSodium
import Limits

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The file that a peer's identity is kept in: the protobuf of its private key and nothing else.
///
/// An Ed25519 identity takes 68 bytes; Go, Rust, Nim and the workshop write and read the same (wire.md §4.8).
///
/// ```swift
/// let identity = try IdentityFile.open("bot.key", createIfMissing: true)
/// if identity.isExposed { logger.warning("others can read bot.key: chmod 600 bot.key") }
/// ```
public enum IdentityFile {
  /// The size of an Ed25519 identity file in bytes.
  public static let ed25519Size = 68

  /// An identity and what is to be said about its file.
  public struct Opened: Sendable {
    /// The identity.
    public let keyPair: KeyPair
    /// Whether the file did not exist before.
    public let created: Bool
    /// The permission bits of the file, such as `0o600`.
    public let permissions: UInt32

    /// Whether others than its owner can read or write the file: worth a warning.
    public var isExposed: Bool { permissions & 0o066 != 0 }
  }

  /// Reads an identity file.
  public static func load(_ path: String) throws(IdentityFileError) -> KeyPair { try read(path).keyPair }

  /// Reads an identity file; makes one with a new Ed25519 identity if there is none.
  public static func loadOrCreate(_ path: String) throws(IdentityFileError) -> (KeyPair, created: Bool) {
    let opened = try open(path, createIfMissing: true)
    return (opened.keyPair, opened.created)
  }

  /// Reads an identity file, and says what it found.
  ///
  /// A new file appears at once with all its bytes, readable by its owner only. Where several processes make the same
  /// file, all of them end with the identity of the first.
  public static func open(_ path: String, createIfMissing: Bool) throws(IdentityFileError) -> Opened {
    do {
      return try read(path)
    } catch .missing where createIfMissing {
      let keyPair = KeyPair.generate()
      if try create(path, keyPair) { return Opened(keyPair: keyPair, created: true, permissions: 0o600) }
      // Somebody was faster: theirs is the identity.
      return try read(path)
    } catch {
      throw error
    }
  }

  // MARK: - Reading

  private static func read(_ path: String) throws(IdentityFileError) -> Opened {
    let limit = Limits.Keys.identityFileBytes
    var bytes: [UInt8]
    let permissions: UInt32
    do {
      let file = try PosixFile.openForReading(path)
      let status = try PosixFile.status(file)
      guard status.kind == .regular else { throw IdentityFileError.notAFile(path: path) }
      permissions = status.permissions
      bytes = try PosixFile.read(file, limit: limit + 1)
    } catch let error as PosixFile.Failure {
      throw error.errno == ENOENT ? .missing(path: path) : .unreadable(path: path, errno: error.errno)
    } catch {
      throw .notAFile(path: path)
    }
    defer { sodium_memzero(&bytes, bytes.count) }
    guard bytes.count <= limit else { throw .tooLong(path: path, limit: limit) }
    try checkSize(path, bytes)
    do {
      return Opened(keyPair: try KeyPair(privateKeyProtobuf: bytes), created: false, permissions: permissions)
    } catch .notDeterministic {
      throw .notAKey(path: path, found: bytes.count)
    } catch {
      throw .key(path: path, error)
    }
  }

  /// A file that was cut short is the failure that happens: say it plainly, with both sizes.
  private static func checkSize(_ path: String, _ bytes: [UInt8]) throws(IdentityFileError) {
    guard let size = IdentityFileHeader(bytes) else { throw .notAKey(path: path, found: bytes.count) }
    guard let expected = size.expected else { return }
    guard bytes.count == expected else {
      throw .wrongSize(path: path, found: bytes.count, expected: expected, type: size.type)
    }
  }

  // MARK: - Making

  /// Puts a new file in place in one step; `false` if there is one already.
  private static func create(_ path: String, _ keyPair: KeyPair) throws(IdentityFileError) -> Bool {
    var bytes = keyPair.privateKeyProtobuf
    defer { sodium_memzero(&bytes, bytes.count) }
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
    do {
      let file = try PosixFile.create(temporary)
      defer { PosixFile.remove(temporary) }
      try PosixFile.write(file, bytes)
      // A link, unlike a rename, never replaces what is there: of two processes one wins.
      try PosixFile.link(temporary, to: path)
      return true
    } catch {
      switch error.errno {
      case EEXIST: return false
      case EPERM, ENOTSUP, ENOSYS, EMLINK: return try createInPlace(path, bytes)
      default: throw .notCreated(path: path, errno: error.errno)
      }
    }
  }

  /// For file systems without links (FAT, some shared folders): still one winner, but for an instant a short file.
  static func createInPlace(_ path: String, _ bytes: [UInt8]) throws(IdentityFileError) -> Bool {
    do {
      try PosixFile.write(try PosixFile.create(path), bytes)
      return true
    } catch {
      guard error.errno != EEXIST else { return false }
      throw .notCreated(path: path, errno: error.errno)
    }
  }
}
