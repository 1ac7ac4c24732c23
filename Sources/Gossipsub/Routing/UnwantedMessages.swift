/// The ids that a peer said it does not want (IDONTWANT): it has the messages, or is about to.
///
/// An entry lives for three heartbeats; when the table is full, further ones are ignored until some have expired.
public struct UnwantedMessages: Sendable {
  /// One set for each heartbeat, the present one first.
  private var generations: [Set<MessageID>] = [[]]
  private let capacity: Int
  private let lifetime: Int

  init(capacity: Int, heartbeats: Int = 3) {
    self.capacity = capacity
    self.lifetime = max(heartbeats, 1)
  }

  /// Ids remembered.
  var count: Int { generations.reduce(0) { $0 + $1.count } }

  func contains(_ id: MessageID) -> Bool {
    generations.contains { $0.contains(id) }
  }

  /// Remembers an id; false when there is no room.
  @discardableResult
  mutating func insert(_ id: MessageID) -> Bool {
    if contains(id) { return true }
    guard count < capacity else { return false }
    generations[0].insert(id)
    return true
  }

  /// A heartbeat has passed.
  mutating func heartbeat() {
    if generations.count == 1, generations[0].isEmpty { return }
    generations.insert([], at: 0)
    while generations.count > lifetime || (generations.count > 1 && generations.last?.isEmpty ?? false) {
      generations.removeLast()
    }
  }
}
