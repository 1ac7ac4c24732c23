import NIOCore

/// What a ``Dialer`` or a ``Listener`` wants done, in this order.
public enum MultistreamOutput: Hashable, Sendable {
  /// Write these bytes.
  case send(ByteBuffer)
  /// Both ends speak this protocol from here on; whatever is left in the buffer belongs to it.
  case agreed(String)
}
