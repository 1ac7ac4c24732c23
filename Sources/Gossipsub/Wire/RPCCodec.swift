import Limits
import Multiformats
import NIOCore
import SwiftProtobuf

/// Between the bytes of a frame and an `RPC`.
///
/// Subscriptions and control go through the generated protobuf code, after `RPCStructure` has counted them. Messages
/// do not: they are slices of the frame, neither copied nor turned into objects, so that they can be de-duplicated
/// before anything is spent on them and forwarded byte for byte.
public enum RPCCodec {
  /// Reads one frame's body (the length prefix already taken off).
  public static func decode(_ frame: ByteBuffer) throws(RPCError) -> RPC {
    let structure = try frame.scan { bytes throws(RPCError) in try RPCStructure(scanning: bytes) }
    var rpc = RPC()
    rpc.messages.reserveCapacity(structure.messages.count)
    for place in structure.messages {
      guard let slice = frame.getSlice(at: frame.readerIndex + place.lowerBound, length: place.count) else {
        throw .malformed("message", offset: place.lowerBound)
      }
      rpc.messages.append(try WireMessage(slice))
    }
    guard !structure.others.isEmpty else { return rpc }
    var bytes: [UInt8] = []
    for place in structure.others {
      bytes += frame.viewBytes(at: frame.readerIndex + place.lowerBound, length: place.count) ?? ByteBufferView()
    }
    let decoded: ProtoRPC
    do {
      decoded = try ProtoRPC(serializedBytes: bytes)
    } catch {
      throw .malformed("subscriptions or control (\(error))", offset: 0)
    }
    rpc.read(decoded)
    return rpc
  }

  /// Frames that say what an RPC says, length prefixes included, none longer than `limit`.
  ///
  /// Subscriptions come first, then control, then messages; long lists of ids are divided. A message that fits no
  /// frame at all is left out.
  public static func encode(_ rpc: RPC, limit: Int = Limits.Gossipsub.sendRPC) -> [ByteBuffer] {
    var encoder = RPCEncoder(limit: limit)
    encoder.add(rpc)
    return encoder.finish()
  }

  /// The frame that carries one message, or nil when it is too long for a frame.
  ///
  /// It is made once for all the peers that the message goes to.
  public static func frame(_ message: ByteBuffer, limit: Int = Limits.Gossipsub.sendRPC) -> ByteBuffer? {
    guard fits(message, limit: limit) else { return nil }
    let length = message.readableBytes
    let body = 1 + Varint.encodedLength(UInt64(length)) + length
    var frame = ByteBufferAllocator().buffer(capacity: body + 5)
    frame.writeVarint(UInt64(body))
    frame.writeField(2, message.readableBytesView)
    return frame
  }

  /// Whether a frame of at most `limit` bytes has room for the message.
  static func fits(_ message: ByteBuffer, limit: Int) -> Bool {
    // Two tags and lengths; five bytes for each length are more than enough and make the bound the same everywhere.
    message.readableBytes <= limit - 11
  }
}

extension RPC {
  fileprivate mutating func read(_ decoded: ProtoRPC) {
    subscriptions = decoded.subscriptions.map { Subscription(topic: $0.topicid, subscribes: $0.subscribe) }
    guard decoded.hasControl else { return }
    let control = decoded.control
    ihave = control.ihave.map { IHave(topic: $0.topicID, ids: $0.messageIds.map { MessageID($0) }) }
    iwant = control.iwant.flatMap { $0.messageIds.map { MessageID($0) } }
    graft = control.graft.map(\.topicID)
    prune = control.prune.map { Prune(topic: $0.topicID, backoff: $0.hasBackoff ? $0.backoff : nil) }
    idontwant = control.idontwant.flatMap { $0.messageIds.map { MessageID($0) } }
  }
}
