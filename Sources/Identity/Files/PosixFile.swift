#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few calls to the system that small files of our own need; each throws the system's error number.
package enum PosixFile {
  package struct Failure: Error {
    package let errno: Int32
    /// There is nothing of that name.
    package var isMissing: Bool { errno == ENOENT }
  }

  package enum Kind {
    case regular
    case other
  }

  /// An open file, closed when nobody holds it any more.
  package final class Descriptor {
    fileprivate let number: Int32

    fileprivate init(_ number: Int32) { self.number = number }

    deinit { _ = close(number) }
  }

  /// Opens a file to read it. Does not wait for the other end of a pipe.
  package static func openForReading(_ path: String) throws(Failure) -> Descriptor {
    Descriptor(try retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
  }

  /// Makes a file that only its owner can read and write; fails if there is one, or a link, of that name.
  package static func create(_ path: String) throws(Failure) -> Descriptor {
    Descriptor(try retrying { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600)) })
  }

  /// What kind of file it is, and its permission bits.
  package static func status(_ file: Descriptor) throws(Failure) -> (kind: Kind, permissions: UInt32) {
    var information = stat()
    _ = try retrying { fstat(file.number, &information) }
    let kind: Kind = information.st_mode & S_IFMT == S_IFREG ? .regular : .other
    return (kind, UInt32(information.st_mode & 0o777))
  }

  /// Reads from the current place on, at most `limit` bytes.
  package static func read(_ file: Descriptor, limit: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    var length = 0
    while length < limit {
      let count = try retrying {
        bytes.withUnsafeMutableBytes { buffer in
          let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[length...])
          return libcRead(file.number, rest.baseAddress, rest.count)
        }
      }
      guard count > 0 else { break }
      length += count
    }
    return Array(bytes.prefix(length))
  }

  /// Writes all of `bytes` and waits until they are on the disk.
  package static func write(_ file: Descriptor, _ bytes: [UInt8]) throws(Failure) {
    var written = 0
    while written < bytes.count {
      written += try retrying {
        bytes.withUnsafeBytes { buffer in
          let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
          return libcWrite(file.number, rest.baseAddress, rest.count)
        }
      }
    }
    _ = try retrying { fsync(file.number) }
  }

  /// Gives a file a second name; fails if something has that name already.
  package static func link(_ existing: String, to new: String) throws(Failure) {
    _ = try retrying { libcLink(existing, new) }
  }

  /// Gives a file another name, in place of the file that has it.
  package static func rename(_ old: String, to new: String) throws(Failure) {
    _ = try retrying { libcRename(old, new) }
  }

  /// Removes a name; that there is none is no failure.
  package static func remove(_ path: String) { _ = unlink(path) }

  /// The system's words for an error number.
  package static func message(_ number: Int32) -> String { String(cString: strerror(number)) }

  /// Calls again what a signal interrupted.
  private static func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Failure) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      guard errno == EINTR else { throw Failure(errno: errno) }
    }
  }
}

// The system's functions of names that `PosixFile` has too.
private func libcRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, buffer, count)
}
private func libcWrite(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int { write(file, buffer, count) }
private func libcLink(_ existing: String, _ new: String) -> Int32 { link(existing, new) }
private func libcRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }
