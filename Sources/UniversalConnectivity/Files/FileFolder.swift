import Limits
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder whose files are known by their names alone, so that whoever gives the names cannot leave it, and which takes
/// so much from others and no more.
///
/// Links in it are followed: they are of who owns the folder, as nobody else can make one. Calls that look into it may
/// wait for the disk.
public final class FileFolder: Sendable {
  /// A file in it.
  public struct Entry: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// How many bytes it has.
    public let size: UInt64

    /// A file of that name.
    public init(name: String, size: UInt64) {
      self.name = name
      self.size = size
    }
  }

  /// Where it is.
  public let path: String
  private let limit: UInt64
  private let fileLimit: Int
  /// Bytes and number of what is on its way into it.
  private let expected = Mutex((bytes: UInt64(0), files: 0))

  /// - Parameters:
  ///   - limit: Bytes with which it is full.
  ///   - fileLimit: Files with which it is.
  public init(path: String, limit: UInt64 = Limits.Files.folder, fileLimit: Int = Limits.Files.folderFiles) {
    self.path = path
    self.limit = limit
    self.fileLimit = fileLimit
  }

  /// Whether it is there.
  public var exists: Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a text can be the name of a file in such a folder: no slash, no dot at the beginning, nothing that changes
  /// how lines are shown, 1 to `Limits.Files.name` bytes.
  public static func isName(_ text: String) -> Bool {
    (1...Limits.Files.name).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: ".")
      && !text.utf8.contains(UInt8(ascii: "/")) && !text.unicodeScalars.contains(where: TerminalText.isDangerous)
  }

  /// Where the file of that name is, or would be.
  /// - Throws: ``FileTransferError/invalidName``.
  public func path(of name: String) throws(FileTransferError) -> String {
    guard Self.isName(name) else { throw .invalidName }
    return path + "/" + name
  }

  /// The file of that name.
  /// - Throws: ``FileTransferError``; ``FileTransferError/notFound`` when there is none.
  public func entry(_ name: String) throws(FileTransferError) -> Entry {
    guard let size = Self.size(try path(of: name)) else { throw .notFound }
    return Entry(name: name, size: size)
  }

  /// Its files in the order of their names. What is on its way, and what has no such name, is left out.
  /// - Throws: ``FileTransferError/disk(_:)``.
  public func entries() throws(FileTransferError) -> [Entry] {
    var entries: [Entry] = []
    try forEach { name, size in
      if Self.isName(name), !name.hasSuffix(".part") { entries.append(Entry(name: name, size: size)) }
    }
    return entries.sorted { $0.name < $1.name }
  }

  /// Keeps room for a file of `wanted` bytes at most, until `release`.
  /// - Returns: How many it may have: fewer when the folder is nearly full.
  /// - Throws: ``FileTransferError/full`` or ``FileTransferError/disk(_:)``.
  public func reserve(_ wanted: UInt64) throws(FileTransferError) -> UInt64 {
    var used: UInt64 = 0
    var count = 0
    try forEach { _, size in
      used = used.addingReportingOverflow(size).overflow ? .max : used + size
      count += 1
    }
    let (usedNow, countNow) = (used, count)
    let granted = expected.withLock { expected -> UInt64 in
      // What is on its way is counted twice while its first part is on the disk, which errs on the right side.
      let taken = usedNow.addingReportingOverflow(expected.bytes)
      guard !taken.overflow, taken.partialValue < limit, countNow + expected.files < fileLimit else { return 0 }
      let granted = min(wanted, limit - taken.partialValue)
      expected.bytes += granted
      expected.files += 1
      return granted
    }
    guard granted > 0 else { throw .full }
    return granted
  }

  /// What was reserved is there, or does not come.
  public func release(_ granted: UInt64) {
    expected.withLock { expected in
      expected.bytes -= min(granted, expected.bytes)
      expected.files = max(0, expected.files - 1)
    }
  }

  /// Each regular file in it, in no order.
  private func forEach(_ body: (String, UInt64) -> Void) throws(FileTransferError) {
    guard let directory = opendir(path) else { throw .disk("\(path): \(String(cString: strerror(errno)))") }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self), let size = Self.size(path + "/" + name) else {
        continue
      }
      body(name, size)
    }
  }

  /// Of a regular file; nil of everything else.
  private static func size(_ path: String) -> UInt64? {
    var information = stat()
    guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(clamping: information.st_size)
  }
}
