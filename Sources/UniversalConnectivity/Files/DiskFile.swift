import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file, closed when nobody holds it any more. Every call may wait for the disk: none belongs on an event loop.
final class DiskFile: Sendable {
  private let descriptor: Int32
  private let path: String

  private init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = close(descriptor) }

  /// Opens a regular file to read it, and says how long it is. Does not wait for the other end of a pipe.
  static func openToRead(_ path: String) throws(FileTransferError) -> (file: DiskFile, size: UInt64) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    let file = DiskFile(descriptor, path)
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw failure(path) }
    guard information.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
    return (file, UInt64(clamping: information.st_size))
  }

  /// Makes a file that was not there, not even as a link.
  static func create(_ path: String) throws(FileTransferError) -> DiskFile {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o644))
    guard descriptor >= 0 else { throw failure(path) }
    return DiskFile(descriptor, path)
  }

  /// Opens a file to write behind what is in it, or makes it.
  static func openToAppend(_ path: String) throws(FileTransferError) -> DiskFile {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, mode_t(0o644))
    guard descriptor >= 0 else { throw failure(path) }
    return DiskFile(descriptor, path)
  }

  /// Up to `count` bytes from `offset` on; fewer only at the end of the file.
  func read(at offset: UInt64, count: Int) throws(FileTransferError) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: count)
    while bytes.readableBytes < count {
      let wanted = count - bytes.readableBytes
      guard let place = off_t(exactly: offset + UInt64(bytes.readableBytes)) else { break }
      var got = 0
      bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { buffer in
        got = pread(descriptor, buffer.baseAddress, wanted, place)
        return max(got, 0)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Self.failure(path) }
      if got == 0 { break }
    }
    return bytes
  }

  /// Writes all of the bytes behind what was written before.
  func append(_ pieces: [ByteBuffer]) throws(FileTransferError) {
    for piece in pieces {
      var rest = piece
      while rest.readableBytes > 0 {
        let written = rest.withUnsafeReadableBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw Self.failure(path) }
        rest.moveReaderIndex(forwardBy: written)
      }
    }
  }

  /// Gives a file its name, which nothing else may have.
  static func publish(_ temporary: String, as path: String) throws(FileTransferError) {
    if link(temporary, path) == 0 {
      unlink(temporary)
      return
    }
    // Not every file system has links.
    guard errno != EEXIST, access(path, F_OK) != 0 else { throw .exists(path) }
    guard rename(temporary, path) == 0 else { throw failure(path) }
  }

  /// Takes a file away, if it is there.
  static func remove(_ path: String) { unlink(path) }

  private static func failure(_ path: String) -> FileTransferError {
    errno == EEXIST ? .exists(path) : .disk("\(path): \(String(cString: strerror(errno)))")
  }
}
