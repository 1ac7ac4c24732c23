#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Limits
import Multiformats
import NIOCore
import SwiftProtobuf

/// Fills frames up to a limit: rust-libp2p closes the stream at 64 KiB (wire.md §1.5).
struct RPCEncoder {
  private let limit: Int
  private var frames: [ByteBuffer] = []
  private var current = ProtoRPC()
  private var currentSize = 0
  private var messages = ByteBuffer()

  /// What a tag and a length take at most, for each level of nesting.
  private static let overhead = 5

  init(limit: Int) {
    // Room for the frame's own length prefix.
    self.limit = max(limit - 5, 0)
  }

  mutating func add(_ rpc: RPC) {
    for subscription in rpc.subscriptions {
      var entry = ProtoRPC.SubOpts()
      entry.subscribe = subscription.subscribes
      entry.topicid = subscription.topic
      reserve(subscription.topic.utf8.count + 2)
      current.subscriptions.append(entry)
    }
    for topic in rpc.graft {
      var entry = ProtoControlGraft()
      entry.topicID = topic
      reserve(topic.utf8.count)
      current.control.graft.append(entry)
    }
    for prune in rpc.prune {
      var entry = ProtoControlPrune()
      entry.topicID = prune.topic
      if let backoff = prune.backoff { entry.backoff = backoff }
      reserve(prune.topic.utf8.count + 11)
      current.control.prune.append(entry)
    }
    // Go looks at no more ids than this in one entry.
    for ids in chunks(rpc.idontwant, bytes: limit / 2, count: Limits.Gossipsub.idontwantPerEntry) {
      var entry = ProtoControlIDontWant()
      entry.messageIds = ids.map { Data($0) }
      reserve(size(ids))
      current.control.idontwant.append(entry)
    }
    for ids in chunks(rpc.iwant, bytes: limit / 2, count: .max) {
      var entry = ProtoControlIWant()
      entry.messageIds = ids.map { Data($0) }
      reserve(size(ids))
      current.control.iwant.append(entry)
    }
    for offer in rpc.ihave {
      for ids in chunks(offer.ids, bytes: limit / 2, count: .max) {
        var entry = ProtoControlIHave()
        entry.topicID = offer.topic
        entry.messageIds = ids.map { Data($0) }
        reserve(offer.topic.utf8.count + size(ids))
        current.control.ihave.append(entry)
      }
    }
    for message in rpc.messages { add(message) }
  }

  mutating func finish() -> [ByteBuffer] {
    emitControl()
    emitMessages()
    return frames
  }

  private mutating func add(_ message: WireMessage) {
    let size = message.encoded.readableBytes + Self.overhead
    guard size <= limit else { return }
    emitControl()
    if messages.readableBytes + size > limit { emitMessages() }
    messages.writeField(2, message.encoded.readableBytesView)
  }

  /// Makes room for an entry of about `size` bytes: what is there goes out first when it would not fit.
  private mutating func reserve(_ size: Int) {
    // Three levels: the entry's fields, the entry, the control part.
    let whole = size + 3 * Self.overhead
    if currentSize > 0, currentSize + whole > limit { emitControl() }
    currentSize += whole
  }

  private mutating func emitControl() {
    guard currentSize > 0 else { return }
    // Encoding fails only when a required field is missing, and there is none in these messages.
    if let bytes: [UInt8] = try? current.serializedBytes() { emit(bytes, count: bytes.count) }
    current = ProtoRPC()
    currentSize = 0
  }

  private mutating func emitMessages() {
    guard messages.readableBytes > 0 else { return }
    emit(messages.readableBytesView, count: messages.readableBytes)
    messages.clear()
  }

  private mutating func emit(_ body: some Sequence<UInt8>, count: Int) {
    var frame = ByteBufferAllocator().buffer(capacity: count + Self.overhead)
    frame.writeVarint(UInt64(count))
    frame.writeBytes(body)
    frames.append(frame)
  }

  private func size(_ ids: ArraySlice<MessageID>) -> Int {
    ids.reduce(0) { $0 + $1.count + Self.overhead }
  }

  /// Divides a list of ids into runs of at most `bytes` and `count`.
  private func chunks(_ ids: [MessageID], bytes: Int, count: Int) -> [ArraySlice<MessageID>] {
    var result: [ArraySlice<MessageID>] = []
    var start = ids.startIndex
    var size = 0
    for (index, id) in ids.enumerated() {
      let whole = id.count + Self.overhead
      if index > start, size + whole > bytes || index - start >= count {
        result.append(ids[start..<index])
        start = index
        size = 0
      }
      size += whole
    }
    if start < ids.endIndex { result.append(ids[start...]) }
    return result
  }
}
