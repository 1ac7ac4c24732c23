#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few calls to the system that a store's file needs.
enum StorePath {
  /// Makes the folder that the file lies in, for its owner only. One that is there is left as it is.
  static func makeFolder(of path: String) throws(StoreError) {
    var folder = path
    while let last = folder.last, last != "/" { folder.removeLast() }
    while folder.count > 1, folder.last == "/" { folder.removeLast() }
    if folder.isEmpty { return }
    try makeFolder(folder)
  }

  private static func makeFolder(_ folder: String) throws(StoreError) {
    if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw failure(folder, "make the folder") }
    try makeFolder(of: folder)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder, "make the folder") }
  }

  /// Makes an empty file that only its owner can read and write. One that is there is left as it is.
  static func makeFile(_ path: String) throws(StoreError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
    guard file < 0 else {
      _ = close(file)
      return
    }
    guard errno == EEXIST else { throw failure(path, "make it") }
    guard try status(path).map({ $0.st_mode & S_IFMT == S_IFREG }) ?? true else {
      throw .unusable(path: path, reason: "it is not a file")
    }
  }

  /// How many bytes a file has; 0 when there is none.
  static func size(_ path: String) throws(StoreError) -> Int { Int(try status(path)?.st_size ?? 0) }

  /// Renames the file and its log, so that they stay together; returns the new name.
  static func setAside(_ path: String, now: Double) throws(StoreError) -> String {
    let stem = "\(path).damaged-\(stamp(now))"
    var aside = stem
    var number = 1
    // Nothing that was set aside before is written over.
    while access(aside, F_OK) == 0 || access(aside + "-wal", F_OK) == 0 {
      number += 1
      aside = "\(stem)-\(number)"
    }
    for ending in ["", "-wal", "-shm", "-journal"] {
      guard rename(path + ending, aside + ending) == 0 || errno == ENOENT else {
        throw failure(path + ending, "set it aside")
      }
    }
    return aside
  }

  /// A time as names of files can have it: `20231114T221320Z`.
  static func stamp(_ now: Double) -> String {
    var seconds = time_t(now.isFinite ? max(0, min(now, 1e11)) : 0)
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return "0" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, "%Y%m%dT%H%M%SZ", &parts)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
    }
  }

  private static func status(_ path: String) throws(StoreError) -> stat? {
    var information = stat()
    if stat(path, &information) == 0 { return information }
    guard errno == ENOENT else { throw failure(path, "look at it") }
    return nil
  }

  private static func failure(_ path: String, _ deed: String) -> StoreError {
    .unusable(path: path, reason: "cannot \(deed): \(String(cString: strerror(errno)))")
  }
}
