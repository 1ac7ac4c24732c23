import NIOCore

/// Bytes that must arrive in one Noise message: a Yamux header with its payload, say (py-libp2p <= 0.4 reads a frame
/// from a single message; wire.md §7.3).
///
/// What has a header of its own conforms to this and writes header and payload itself, so that neither needs a buffer
/// that joins them.
public protocol NoiseSegment {
  /// How many bytes ``write(to:)`` appends; at most ``Limits/Noise/plaintext``.
  var byteCount: Int { get }
  /// Appends the bytes.
  func write(to out: inout ByteBuffer)
}

extension ByteBuffer: NoiseSegment {
  /// The readable bytes.
  @inlinable
  public var byteCount: Int { readableBytes }

  /// Appends the readable bytes.
  @inlinable
  public func write(to out: inout ByteBuffer) { out.writeImmutableBuffer(self) }
}
