import NIOCore
import Noise
import Yamux

/// A Yamux frame goes into one Noise message, header and payload together (wire.md §7.3).
extension OutboundFrame: NoiseSegment {
  /// Header and payload.
  public var byteCount: Int { encodedLength }

  /// Appends both.
  public func write(to out: inout ByteBuffer) { write(into: &out) }
}
