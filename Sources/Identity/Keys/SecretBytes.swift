import CSodium

/// Bytes that nobody should see: in no description, and wiped when nobody needs them any more.
final class SecretBytes: Sendable {
  /// Written before `init` returns, and never again until `deinit`.
  private nonisolated(unsafe) let storage: UnsafeMutableRawPointer
  private let count: Int

  init(_ bytes: some Collection<UInt8>) {
    count = bytes.count
    storage = .allocate(byteCount: max(1, count), alignment: 16)
    UnsafeMutableRawBufferPointer(start: storage, count: count).copyBytes(from: bytes)
  }

  deinit {
    // Unlike a loop of our own, never optimised away.
    sodium_memzero(storage, count)
    storage.deallocate()
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(start: storage, count: count))
  }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
  var description: String { "<secret>" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
