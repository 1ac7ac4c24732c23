import DequeModule
import Identity

/// The messages of the last few heartbeats: those that peers may ask for, and, of the latest, those that are offered.
///
/// Time passes by `shift`, once a heartbeat. Bounded in bytes as well; the oldest go first.
public struct MessageCache: Sendable {
  private struct Entry: Sendable {
    let message: Message
    let bytes: Int
  }

  private var entries: [MessageID: Entry] = [:]
  /// Ids in the order of their arrival; `windows` says how many of the last ones belong to each heartbeat.
  private var order: Deque<MessageID> = []
  /// The present heartbeat first.
  private var windows: [Int]
  private let gossipWindows: Int
  private let byteLimit: Int
  /// How often a message went to a peer that asked for it.
  private var retransmissions: [PeerID: [MessageID: Int]] = [:]

  /// Bytes held.
  public private(set) var bytes = 0
  /// Messages held.
  public var count: Int { entries.count }
  /// Peers that are remembered for what they asked for.
  var askingPeers: Int { retransmissions.count }

  /// What a message costs beyond its bytes, about.
  private static let overhead = 256

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - history: heartbeats that a message can be asked for.
  ///   - gossip: heartbeats that it is offered for, at most `history`.
  public init(history: Int, gossip: Int, byteLimit: Int) {
    windows = Array(repeating: 0, count: max(history, 1))
    gossipWindows = min(max(gossip, 0), windows.count)
    self.byteLimit = byteLimit
  }

  /// Puts a message in, unless it is there.
  public mutating func insert(_ message: Message) {
    guard entries[message.id] == nil else { return }
    let size = message.wire.encoded.readableBytes + Self.overhead
    entries[message.id] = Entry(message: message, bytes: size)
    order.append(message.id)
    windows[0] += 1
    bytes += size
    while bytes > byteLimit, !order.isEmpty { removeOldest() }
  }

  /// A message by its id.
  public func message(_ id: MessageID) -> Message? {
    entries[id]?.message
  }

  /// A message that a peer asks for, unless it was sent to that peer `limit` times.
  public mutating func retransmit(_ id: MessageID, to peer: PeerID, limit: Int) -> Message? {
    guard let entry = entries[id] else { return nil }
    let count = retransmissions[peer]?[id] ?? 0
    guard count < limit else { return nil }
    retransmissions[peer, default: [:]][id] = count + 1
    return entry.message
  }

  /// The ids of a topic that are to be offered, the oldest first.
  public func gossip(for topic: String) -> [MessageID] {
    let recent = windows.prefix(gossipWindows).reduce(0, +)
    return order.suffix(recent).filter { entries[$0]?.message.topic == topic }
  }

  /// A heartbeat has passed: the oldest window goes.
  public mutating func shift() {
    for _ in 0..<(windows.last ?? 0) { removeOldest() }
    windows.removeLast()
    windows.insert(0, at: 0)
    for (peer, asked) in retransmissions {
      let rest = asked.filter { entries[$0.key] != nil }
      retransmissions[peer] = rest.isEmpty ? nil : rest
    }
  }

  /// Forgets what a peer asked for.
  public mutating func forget(_ peer: PeerID) {
    retransmissions[peer] = nil
  }

  private mutating func removeOldest() {
    guard let id = order.popFirst(), let window = windows.lastIndex(where: { $0 > 0 }) else { return }
    windows[window] -= 1
    if let entry = entries.removeValue(forKey: id) { bytes -= entry.bytes }
  }
}
