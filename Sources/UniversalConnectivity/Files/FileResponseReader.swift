import Multiformats
import NIOCore

/// Reads the answer to a file request (wire.md §4.4): a length, then so many bytes, then the end.
///
/// The file itself is never held: its pieces come out as they came in.
struct FileResponseReader {
  /// Most bytes that are wanted.
  let limit: UInt64
  /// What the peer said how long the file is.
  private(set) var announced: UInt64?
  /// How much of it has come.
  private(set) var received: UInt64 = 0

  private var prefix = ByteBuffer()

  init(limit: UInt64) { self.limit = limit }

  /// Whether all of the file is there.
  var isComplete: Bool { announced == received }

  /// Takes what came.
  /// - Returns: The part of it that belongs to the file, as a slice.
  mutating func receive(_ bytes: ByteBuffer) throws(FileTransferError) -> ByteBuffer {
    var bytes = bytes
    if announced == nil {
      prefix.writeBuffer(&bytes)
      let length: UInt64?
      do {
        length = try prefix.readVarint()
      } catch {
        throw .malformed("\(error)")
      }
      guard let length else { return ByteBuffer() }
      guard length > 0 else { throw .empty }
      guard length <= limit else { throw .tooLarge(bytes: length, limit: limit) }
      announced = length
      bytes = prefix
      prefix = ByteBuffer()
    }
    let count = UInt64(bytes.readableBytes)
    let announced = self.announced ?? 0
    guard count <= announced - received else { throw .longer(announced: announced) }
    received += count
    return bytes
  }

  /// The peer sends no more.
  func finish() throws(FileTransferError) {
    guard let announced else { throw .notFound }
    guard isComplete else { throw .shorter(received: received, announced: announced) }
  }
}
