import NIOCore

extension ByteBuffer {
  /// The readable bytes, to be compared with an array.
  public var bytes: [UInt8] { Array(readableBytesView) }
}
