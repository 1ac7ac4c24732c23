/// When something is to be loaded anew: when its files differ from what it was made of, and have stood still for a moment.
///
/// Editors write a file in pieces, or write another and rename it; in between it is half there, or not at all.
struct ChangeRule {
  /// Nanoseconds for which nothing may have changed.
  static let settle: Int64 = 100_000_000

  private var changed: ReadFiles?
  private var since: Int64 = 0
  private var asked: ReadFiles?

  /// Whether another look is wanted soon.
  var isPending: Bool { changed != nil && changed != asked }

  /// True: load it now. Said once for each change, whatever comes of it.
  mutating func look(made: ReadFiles, onDisk: ReadFiles, now: Int64) -> Bool {
    guard onDisk != made else {
      changed = nil
      asked = nil
      return false
    }
    if onDisk != changed {
      changed = onDisk
      since = now
      return false
    }
    guard onDisk != asked, now &- since >= Self.settle else { return false }
    asked = onDisk
    return true
  }
}
