/// When the service manager is still told that the program lives.
///
/// The network shows its life by the notice itself, which is sent by its event loop. What remains are the scripts: a
/// pattern or a sort in C cannot be interrupted, and a script that hangs there is deaf until the process is started
/// anew.
enum WatchdogRule {
  /// Seconds beyond its budget after which a run counts as stuck, and not as late on a busy machine.
  static let graceSeconds = 10.0

  /// - Parameters:
  ///   - runningSeconds: For each script, how long its present run has lasted; nil when none runs.
  ///   - budgetMilliseconds: What a run may take.
  static func isAlive(runningSeconds: [Double?], budgetMilliseconds: Int) -> Bool {
    let limit = Double(budgetMilliseconds) / 1_000 + graceSeconds
    return runningSeconds.allSatisfy { ($0 ?? 0) < limit }
  }
}
