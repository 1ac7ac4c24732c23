/// Unix time that does not step. A small computer without a battery believes for its first minute that it is some day of
/// the past; when its clock is then put right, nothing has grown old by it.
///
/// A value that is handed the two clocks that it is made of: the time of day, which is put right, and the time since the
/// machine was started, which is not. All in seconds.
struct SteadyClock: Sendable, Hashable {
  private let origin: Int64

  init(wall: Int64, sinceBoot: Int64) { origin = wall &- sinceBoot }

  /// The time now.
  func now(sinceBoot: Int64) -> Int64 { origin &+ sinceBoot }

  /// By how much the time of day has been put forward since the start.
  func step(wall: Int64, sinceBoot: Int64) -> Int64 { wall &- now(sinceBoot: sinceBoot) }
}
