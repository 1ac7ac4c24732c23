import Limits
import NIOCore

/// What a frame is made of, found by walking its fields once, before anything is decoded.
///
/// A frame of 1 MiB can hold half a million empty elements, each of which would become an object of a hundred bytes
/// (CVE-2026-86040), so they are counted here, against `Limits.Gossipsub`, at no cost in memory.
struct RPCStructure {
  /// Where each published message lies in the frame (without tag and length).
  private(set) var messages: [Range<Int>] = []
  /// Where the subscriptions and the control part lie, tags included.
  private(set) var others: [Range<Int>] = []

  private var subscriptions = Counter("subscriptions", limit: Limits.Gossipsub.subscriptionsPerRPC)
  private var published = Counter("messages", limit: Limits.Gossipsub.messagesPerRPC)
  private var ihave = Counter("IHAVE entries", limit: Limits.Gossipsub.controlPerRPC)
  private var iwant = Counter("IWANT entries", limit: Limits.Gossipsub.controlPerRPC)
  private var graft = Counter("GRAFT entries", limit: Limits.Gossipsub.controlPerRPC)
  private var prune = Counter("PRUNE entries", limit: Limits.Gossipsub.controlPerRPC)
  private var idontwant = Counter("IDONTWANT entries", limit: Limits.Gossipsub.controlPerRPC)
  private var ids = Counter("message ids", limit: Limits.Gossipsub.idsPerRPC)
  private var exchanged = Counter("exchanged peers", limit: Limits.Gossipsub.exchangePeersPerRPC)

  init(scanning frame: UnsafeRawBufferPointer) throws(RPCError) {
    var fields = ProtobufFields(frame)
    while let field = try fields.next() {
      if let message = field.bytes(2) {
        try published.add()
        messages.append(message)
      } else if let subscription = field.bytes(1) {
        try subscriptions.add()
        try checkEntry(frame, subscription, topicField: 2, idField: nil)
        others.append(field.whole)
      } else if let control = field.bytes(3) {
        try scanControl(frame, control)
        others.append(field.whole)
      }
      // Everything else is skipped: py-libp2p's `senderRecord`, go's extensions.
    }
  }

  private mutating func scanControl(_ frame: UnsafeRawBufferPointer, _ range: Range<Int>) throws(RPCError) {
    var fields = ProtobufFields(frame, in: range)
    while let field = try fields.next() {
      if let entry = field.bytes(1) {
        try ihave.add()
        try checkEntry(frame, entry, topicField: 1, idField: 2)
      } else if let entry = field.bytes(2) {
        try iwant.add()
        try checkEntry(frame, entry, topicField: nil, idField: 1)
      } else if let entry = field.bytes(3) {
        try graft.add()
        try checkEntry(frame, entry, topicField: 1, idField: nil)
      } else if let entry = field.bytes(4) {
        try prune.add()
        try checkEntry(frame, entry, topicField: 1, idField: nil, peerField: 2)
      } else if let entry = field.bytes(5) {
        try idontwant.add()
        try checkEntry(frame, entry, topicField: nil, idField: 1)
      }
    }
  }

  /// One subscription or control entry: its topic's length, its ids, its exchanged peers.
  private mutating func checkEntry(
    _ frame: UnsafeRawBufferPointer, _ range: Range<Int>, topicField: UInt64?, idField: UInt64?,
    peerField: UInt64? = nil
  ) throws(RPCError) {
    var fields = ProtobufFields(frame, in: range)
    while let field = try fields.next() {
      guard field.wireType == .bytes else { continue }
      if field.number == topicField {
        guard field.value.count <= Limits.Gossipsub.topic else {
          throw .tooLong("topic", length: field.value.count, limit: Limits.Gossipsub.topic)
        }
      } else if field.number == idField {
        try ids.add()
        guard field.value.count <= Limits.Gossipsub.idBytes else {
          throw .tooLong("message id", length: field.value.count, limit: Limits.Gossipsub.idBytes)
        }
      } else if field.number == peerField {
        try exchanged.add()
      }
    }
  }

  private struct Counter {
    private let name: String
    private let limit: Int
    private var count = 0

    init(_ name: String, limit: Int) {
      self.name = name
      self.limit = limit
    }

    mutating func add() throws(RPCError) {
      count += 1
      if count > limit { throw .tooMany(name, limit: limit) }
    }
  }
}
