/// A first-in, first-out queue that never grows above its limit: the oldest makes room for the newest.
struct BoundedQueue<Element> {
  let limit: Int
  private(set) var count = 0
  /// Elements dropped so far.
  private(set) var dropped: UInt64 = 0
  private var storage: [Element?] = []
  private var head = 0

  init(limit: Int) { self.limit = max(1, limit) }

  var isEmpty: Bool { count == 0 }

  /// Adds an element; true when the oldest one had to go for it.
  @discardableResult
  mutating func push(_ element: Element) -> Bool {
    if count == limit {
      _ = pop()
      dropped &+= 1
      push(element)
      return true
    }
    if count == storage.count { grow() }
    storage[(head + count) % storage.count] = element
    count += 1
    return false
  }

  var first: Element? { count > 0 ? storage[head] : nil }

  mutating func pop() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head]
    storage[head] = nil
    head = (head + 1) % storage.count
    count -= 1
    return element
  }

  private mutating func grow() {
    let rest = storage[head...] + storage[..<head]
    storage = Array(rest)
    storage.append(contentsOf: repeatElement(nil, count: min(max(16, count), max(1, limit - count))))
    head = 0
  }
}
