/// Lets one run at a time through for each key, in order: how `serial = "peer"` keeps what one peer says in sequence.
struct SerialLanes<Element> {
  /// What becomes of one that wants to run.
  enum Entry: Equatable {
    case go
    case queued
    /// Too many wait already.
    case full
  }

  private var lanes: [String: [Element]] = [:]
  private(set) var waiting = 0
  private let limit: Int

  /// - Parameter limit: how many may wait, over all keys.
  init(limit: Int) { self.limit = limit }

  /// One wants to run; what is queued comes out of `leave` later.
  mutating func enter(_ key: String, _ element: @autoclosure () -> Element) -> Entry {
    guard lanes[key] != nil else {
      lanes[key] = []
      return .go
    }
    guard waiting < limit else { return .full }
    lanes[key]?.append(element())
    waiting += 1
    return .queued
  }

  /// The running one has ended: the one that runs next, if there is any.
  mutating func leave(_ key: String) -> Element? {
    guard let queue = lanes[key], !queue.isEmpty else {
      lanes[key] = nil
      return nil
    }
    waiting -= 1
    return lanes[key]?.removeFirst()
  }
}
