import Limits
import NIOCore

/// The two ciphers of an established connection: what is written goes through `seal`, what is read through
/// ``open(_:into:)``. This is the hot path of the whole stack.
///
/// Each Noise message on the wire is a two-byte length, the ciphertext, and a tag of 16 bytes.
///
/// There must be one value for a connection, in one place. To seal with two copies of it would use a nonce twice,
/// which gives the plaintext of both messages away.
public struct NoiseTransport: Sendable {
  @usableFromInline static let prefixLength = 2
  @usableFromInline static let tagLength = CipherState.tagLength
  /// What a message adds to its plaintext.
  @usableFromInline static let overhead = prefixLength + tagLength

  private var outbound: CipherState
  private var inbound: CipherState
  /// A message of which only a part has arrived, its length prefix included: never more than one.
  private var partial = ByteBuffer()

  package init(send: CipherState, receive: CipherState) {
    outbound = send
    inbound = receive
  }

  /// Bytes held of a message that has not arrived in full; not zero at the end of a connection means it was cut off.
  public var partialBytes: Int { partial.readableBytes }
}

// MARK: Sealing

extension NoiseTransport {
  /// Appends `plaintext` to `out` as one message, or as several where it is longer than ``Limits/Noise/plaintext``.
  /// Nothing is written for an empty one.
  ///
  /// - Throws: ``NoiseError/nonceExhausted``; then `out` is as it was.
  public mutating func seal(_ plaintext: ByteBuffer, into out: inout ByteBuffer) throws(NoiseError) {
    let origin = out.writerIndex
    let messages = (plaintext.readableBytes + Limits.Noise.plaintext - 1) / Limits.Noise.plaintext
    out.reserveCapacity(minimumWritableBytes: plaintext.readableBytes + messages * Self.overhead)
    var rest = plaintext
    while let part = rest.readSlice(length: min(rest.readableBytes, Limits.Noise.plaintext)), part.readableBytes > 0 {
      let start = Self.beginMessage(in: &out)
      out.writeImmutableBuffer(part)
      try finishMessage(from: start, in: &out, origin: origin)
    }
  }

  /// Appends `segments` to `out`: into each message go as many whole segments as fit it.
  ///
  /// Their bytes are copied once, to where they are encrypted in place, and the room for all of it is made at once. One
  /// call for all that is to be written in one tick of the event loop is the cheapest.
  ///
  /// - Throws: ``NoiseError/segmentTooLong(length:limit:)``, ``NoiseError/nonceExhausted``; then `out` is as it was.
  @inlinable
  public mutating func seal<Segments: Collection>(
    _ segments: Segments, into out: inout ByteBuffer
  ) throws(NoiseError) where Segments.Element: NoiseSegment {
    let limit = Limits.Noise.plaintext
    let origin = out.writerIndex

    // How many bytes it will be, by the same packing as below.
    var total = 0
    var filled = 0
    for segment in segments {
      let length = segment.byteCount
      if length == 0 { continue }
      guard length <= limit else { throw .segmentTooLong(length: length, limit: limit) }
      if filled == 0 || filled &+ length > limit {
        total &+= Self.overhead
        filled = 0
      }
      filled &+= length
      total &+= length
    }
    guard total > 0 else { return }
    out.reserveCapacity(minimumWritableBytes: total)

    var start = Self.beginMessage(in: &out)
    filled = 0
    for segment in segments {
      let length = segment.byteCount
      if length == 0 { continue }
      if filled > 0, filled &+ length > limit {
        try finishMessage(from: start, in: &out, origin: origin)
        start = Self.beginMessage(in: &out)
        filled = 0
      }
      segment.write(to: &out)
      filled &+= length
    }
    try finishMessage(from: start, in: &out, origin: origin)
  }

  /// Leaves room for the length prefix. Returns where the message begins.
  @usableFromInline
  static func beginMessage(in out: inout ByteBuffer) -> Int {
    let start = out.writerIndex
    out.writeInteger(UInt16(0))
    return start
  }

  /// Encrypts what has been written since `start`, adds the tag and fills in the length.
  @usableFromInline
  mutating func finishMessage(from start: Int, in out: inout ByteBuffer, origin: Int) throws(NoiseError) {
    do throws(NoiseError) {
      let count = out.writerIndex - start - Self.prefixLength
      guard count <= Limits.Noise.plaintext, let length = UInt16(exactly: count + Self.tagLength) else {
        throw .segmentTooLong(length: count, limit: Limits.Noise.plaintext)
      }
      out.setInteger(length, at: start)
      // Room for the tag, as two numbers of 8 bytes.
      out.writeMultipleIntegers(UInt64(0), UInt64(0))
      try out.withVeryUnsafeMutableBytes { storage throws(NoiseError) in
        guard let base = storage.baseAddress else { return }
        let bytes = (base + start + Self.prefixLength).assumingMemoryBound(to: UInt8.self)
        try outbound.seal(inPlace: bytes, count: count)
      }
    } catch {
      // What is still plaintext must not be sent.
      out.moveWriterIndex(to: origin)
      throw error
    }
  }
}

// MARK: Opening

extension NoiseTransport {
  /// Takes all of `input` and appends the plaintext of every message that is now complete to `plaintext`, one behind
  /// the other. The rest, a part of one message at most, is kept for the next call.
  ///
  /// A receive buffer of NIO is never its reader's alone (the channel keeps it for its next read), so to decrypt in it
  /// would copy it first. The messages are therefore decrypted *out of* it: one pass, into one allocation of the right
  /// size, and the channel can use its buffer again. Slices of `plaintext` can then be handed on without a copy; pass
  /// an empty buffer with each call, or what is appended moves under them.
  ///
  /// - Throws: ``NoiseError/decryptionFailed``, ``NoiseError/messageTooShort(length:)``,
  ///   ``NoiseError/nonceExhausted``. Each of them is final for the connection. `plaintext` then ends with the last
  ///   message that was in order, exactly as if the bytes had come one by one.
  public mutating func open(_ input: inout ByteBuffer, into plaintext: inout ByteBuffer) throws(NoiseError) {
    if partial.readableBytes > 0 {
      guard completePartial(from: &input) else { return }
      var message = partial
      partial = ByteBuffer()
      try openWhole(&message, into: &plaintext)
    }
    try openWhole(&input, into: &plaintext)
    // Grows with what has arrived, not with what was announced.
    if input.readableBytes > 0 { partial.writeBuffer(&input) }
  }

  /// Moves what is missing of the partial message from `input`. Returns whether it is complete.
  private mutating func completePartial(from input: inout ByteBuffer) -> Bool {
    if partial.readableBytes < Self.prefixLength {
      Self.move(Self.prefixLength - partial.readableBytes, from: &input, to: &partial)
    }
    guard let length = partial.getInteger(at: partial.readerIndex, as: UInt16.self) else { return false }
    let whole = Self.prefixLength + Int(length)
    Self.move(whole - partial.readableBytes, from: &input, to: &partial)
    return partial.readableBytes >= whole
  }

  private static func move(_ count: Int, from input: inout ByteBuffer, to output: inout ByteBuffer) {
    guard count > 0, var part = input.readSlice(length: min(count, input.readableBytes)) else { return }
    output.writeBuffer(&part)
  }

  /// Opens every whole message at the front of `input`.
  private mutating func openWhole(_ input: inout ByteBuffer, into plaintext: inout ByteBuffer) throws(NoiseError) {
    let capacity = input.withUnsafeReadableBytes { Self.plaintextCapacity($0) }
    guard let capacity else { return }
    var consumed = 0
    var failure: NoiseError?
    plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { output in
      input.withUnsafeReadableBytes { bytes in
        var written = 0
        do throws(NoiseError) {
          while let message = Self.firstMessage(in: bytes, at: consumed) {
            let target = UnsafeMutableRawBufferPointer(rebasing: output[written...])
            written += try open(message, into: target)
            consumed += Self.prefixLength + message.count
          }
        } catch {
          failure = error
        }
        return written
      }
    }
    input.moveReaderIndex(forwardBy: consumed)
    if let failure { throw failure }
  }

  /// Opens one message without its prefix. Returns the length of its plaintext.
  private mutating func open(
    _ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(NoiseError) -> Int {
    let count = message.count - Self.tagLength
    guard count >= 0 else { throw .messageTooShort(length: message.count) }
    guard count <= output.count, let source = message.baseAddress, let target = output.baseAddress else {
      throw .decryptionFailed
    }
    let opened = try inbound.open(
      source.assumingMemoryBound(to: UInt8.self), count: count, into: target.assumingMemoryBound(to: UInt8.self))
    guard opened else { throw .decryptionFailed }
    return count
  }

  /// Bytes of plaintext in all the whole messages of `bytes`; `nil` if there is none.
  private static func plaintextCapacity(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var offset = 0
    var capacity = 0
    while let message = firstMessage(in: bytes, at: offset) {
      capacity += max(0, message.count - tagLength)
      offset += prefixLength + message.count
    }
    return offset == 0 ? nil : capacity
  }

  /// The message that begins at `offset`, without its prefix; `nil` if it is not all there.
  private static func firstMessage(in bytes: UnsafeRawBufferPointer, at offset: Int) -> UnsafeRawBufferPointer? {
    guard bytes.count - offset >= prefixLength else { return nil }
    let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    guard bytes.count - offset - prefixLength >= length else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[(offset + prefixLength)..<(offset + prefixLength + length)])
  }
}
