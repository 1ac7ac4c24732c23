/// When the service manager is still told that the program lives.
///
/// The network shows its life by the notice itself, which is sent by its event loop. What remains are the scripts: a
/// pattern or a sort in C cannot be interrupted, and a script that hangs there is deaf until the process is started
/// anew. And there is the network: who has been deaf for long, with all that was tried against it, may hear again when he
/// is started anew.
enum WatchdogRule {
  /// Seconds beyond its budget after which a run counts as stuck, and not as late on a busy machine.
  static let graceSeconds = 10.0

  /// How many times as long as makes a peer deaf it may be so.
  static let deafFactor = 5.0

  /// - Parameters:
  ///   - runningSeconds: For each script, how long its present run has lasted; nil when none runs.
  ///   - budgetMilliseconds: What a run may take.
  ///   - silentSeconds: How long nobody has heard the peer, if it is deaf.
  ///   - deafSeconds: What makes it so.
  static func isAlive(
    runningSeconds: [Double?], budgetMilliseconds: Int, silentSeconds: Double? = nil, deafSeconds: Double? = nil
  ) -> Bool {
    if let silentSeconds, let deafSeconds, silentSeconds >= deafSeconds * deafFactor { return false }
    let limit = Double(budgetMilliseconds) / 1_000 + graceSeconds
    return runningSeconds.allSatisfy { ($0 ?? 0) < limit }
  }
}
