import DequeModule

/// Those who are told of what happens: all of everything, in order.
///
/// An observer may cause the next event while it is told of one, as when it disconnects a peer that has just connected.
/// The others hear of the first event before anybody hears of the second.
///
/// Confined to one event loop.
package final class Observers<Event: Sendable> {
  private var observers: [@Sendable (Event) -> Void] = []
  private var waiting: Deque<Event> = []
  private var isTelling = false

  /// Nobody yet.
  package init() {}

  /// Adds one who is told of everything from now on.
  package func add(_ observer: @escaping @Sendable (Event) -> Void) { observers.append(observer) }

  /// Lets go of all; what they hold may be what holds the owner of this.
  package func removeAll() { observers = [] }

  /// Tells everybody, at once or when the event that is being told has been.
  package func tell(_ event: Event) {
    waiting.append(event)
    guard !isTelling else { return }
    isTelling = true
    while let next = waiting.popFirst() {
      for observer in observers { observer(next) }
    }
    isTelling = false
  }
}
