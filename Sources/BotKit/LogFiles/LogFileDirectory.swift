#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The log files of one script in a directory of their own, which is made when the first line is written. Nobody but the
/// user can read them.
public final class LogFileDirectory: BotLogFiles {
  private let path: String

  /// - Parameter path: of the directory.
  public init(path: String) { self.path = path }

  /// What is in the directory.
  public func names() -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  /// As the file system has it.
  public func size(of name: String) -> Int {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Follows no symbolic link.
  public func append(_ bytes: [UInt8], to name: String) throws(BotLogFileError) {
    let file = path + "/" + name
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    var descriptor = open(file, flags, 0o600)
    if descriptor < 0, errno == ENOENT {
      makeDirectories()
      descriptor = open(file, flags, 0o600)
    }
    guard descriptor >= 0 else { throw failure(file) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(file)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Removes a file, if it is there.
  public func remove(_ name: String) { unlink(path + "/" + name) }

  private func makeDirectories() {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      mkdir(made.hasPrefix("//") ? String(made.dropFirst()) : made, 0o700)
    }
  }

  private func failure(_ file: String) -> BotLogFileError {
    BotLogFileError("\(file): \(String(cString: strerror(errno)))")
  }
}
