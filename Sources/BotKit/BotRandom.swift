/// The chance in what the host does for a script. A script's own comes from `math.random`.
struct BotRandom: RandomNumberGenerator {
  /// nil: the system's.
  private var state: UInt64?

  init() {}

  /// The same numbers for the same seed (SplitMix64).
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    guard let previous = state else {
      var system = SystemRandomNumberGenerator()
      return system.next()
    }
    let now = previous &+ 0x9E37_79B9_7F4A_7C15
    state = now
    var mixed = (now ^ (now >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
