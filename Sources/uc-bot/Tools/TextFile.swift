#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that a command writes for its user.
struct TextFile {
  let path: String
  let text: String

  /// Whether there is something of that name.
  var exists: Bool { access(path, F_OK) == 0 }

  /// Writes it, and makes the directories that it lies in.
  /// - Throws: ``Failure``.
  func write() throws(Failure) {
    try Self.makeDirectory(
      path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
    guard let file = fopen(path, "w") else { throw problem }
    let bytes = Array(text.utf8)
    let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
    guard fclose(file) == 0, isWritten else { throw problem }
  }

  private var problem: Failure { Failure(.cannotCreate, "cannot write \(path): \(String(cString: strerror(errno)))") }

  private static func makeDirectory(_ path: String) throws(Failure) {
    guard !path.isEmpty, access(path, F_OK) != 0 else { return }
    try makeDirectory(path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw Failure(.cannotCreate, "cannot make the directory \(path): \(String(cString: strerror(errno)))")
    }
  }
}
