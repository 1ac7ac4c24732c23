import Limits
import NIOCore

/// When each address of a peer is tried: one after the other, each a quarter of a second after the one before or as soon
/// as that has failed; the first connection that stands wins (RFC 8305, "Happy Eyeballs").
///
/// A value: it is told the time and what failed, and answers what to begin. An address that swallows everything costs a
/// quarter of a second; a thousand of them cannot open a thousand sockets.
struct DialRace: Sendable, Hashable {
  /// Time between two attempts while the first is not decided (RFC 8305 §8 recommends 250 ms).
  static let stagger = TimeAmount.milliseconds(250)

  private var waiting: ArraySlice<Int>
  private var underWay: Set<Int> = []
  private var next: NIODeadline

  /// - Parameter count: How many addresses there are, the best first.
  init(count: Int, now: NIODeadline) {
    waiting = (0..<max(count, 0)).prefix(Limits.Swarm.dnsAnswers)[...].map { $0 }[...]
    next = now
  }

  /// Nothing is left: all have failed.
  var isLost: Bool { waiting.isEmpty && underWay.isEmpty }

  /// When `due` has something to say even if nothing fails before.
  var deadline: NIODeadline? {
    waiting.isEmpty || underWay.count >= Limits.Swarm.parallelAttempts ? nil : next
  }

  /// The address to try now, if one is due; it counts as begun. To be called until it says nil.
  mutating func due(at now: NIODeadline) -> Int? {
    guard now >= next, underWay.count < Limits.Swarm.parallelAttempts, let index = waiting.popFirst() else {
      return nil
    }
    underWay.insert(index)
    next = now + Self.stagger
    return index
  }

  /// An attempt has failed: the next need not wait.
  mutating func failed(_ index: Int, at now: NIODeadline) {
    guard underWay.remove(index) != nil else { return }
    next = now
  }

  /// The order in which addresses are tried: as they come, but of the two families in turn, so that where one does not
  /// work the other is not far (RFC 8305 §4).
  static func interleaved<Address>(_ addresses: [Address], isIPv6: (Address) -> Bool) -> [Address] {
    guard let first = addresses.first else { return [] }
    let leads = isIPv6(first)
    var (a, b) = (addresses.filter { isIPv6($0) == leads }[...], addresses.filter { isIPv6($0) != leads }[...])
    var order: [Address] = []
    while let one = a.popFirst() {
      order.append(one)
      if let other = b.popFirst() { order.append(other) }
    }
    return order + b
  }
}
