import CSodium

/// 32 secret bytes (a private key, a cipher key, a chaining key), wiped when the last owner lets go of them.
///
/// A class and no `[UInt8]`, so that the bytes are never copied behind our back and there is one place to wipe.
/// Unchecked, because a pointer is not `Sendable` by itself: nothing is ever written after `init`.
package final class SecretKey: @unchecked Sendable {
  /// Length in bytes of every secret of `Noise_XX_25519_ChaChaPoly_SHA256`.
  package static let length = 32

  private let storage: UnsafeMutableRawPointer

  /// Lets `fill` write all 32 bytes (zero before).
  init<Failure: Error>(fill: (UnsafeMutablePointer<UInt8>) throws(Failure) -> Void) throws(Failure) {
    storage = .allocate(byteCount: Self.length, alignment: 16)
    let bytes = storage.initializeMemory(as: UInt8.self, repeating: 0, count: Self.length)
    try fill(bytes)
  }

  /// Takes over 32 bytes that exist already (test vectors, a stored key); `nil` for any other number.
  package convenience init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.init { secret in
      for index in 0..<Self.length { secret[index] = bytes[index] }
    }
  }

  deinit {
    sodium_memzero(storage, Self.length)
    storage.deallocate()
  }

  /// The bytes, good for as long as the key lives; use it inside `withExtendedLifetime`.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafePointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafePointer(storage.assumingMemoryBound(to: UInt8.self)))
  }
}
