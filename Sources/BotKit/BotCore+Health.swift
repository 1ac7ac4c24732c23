import Limits
import LuaVM

/// One `uc.health`.
struct HealthCheck {
  var function: LuaReference
  var place: String
}

/// How a script is.
public struct BotHealth: Sendable, Equatable {
  /// One check.
  public struct Check: Sendable, Equatable {
    /// What the script calls it.
    public var name: String
    /// nil: all is well.
    public var problem: String?

    /// A check.
    public init(name: String, problem: String? = nil) {
      self.name = name
      self.problem = problem
    }
  }

  /// In the order of their names.
  public var checks: [Check]

  /// The health of a script.
  public init(checks: [Check] = []) { self.checks = checks }

  /// Whether there is no problem.
  public var isWell: Bool { checks.allSatisfy { $0.problem == nil } }
}

/// The checks that run now, and what came of those that ran last.
struct HealthRound {
  var waiting: Set<String> = []
  var checks: [BotHealth.Check] = []
  var completions: [@Sendable (BotHealth) -> Void] = []
  /// When the last round ended, and how.
  var last: (at: Int64, health: BotHealth)?
}

extension BotCore {
  /// Somebody wants to know how the script is. However many ask at a time, the checks run once.
  func askHealth(_ completion: @escaping @Sendable (BotHealth) -> Void) {
    if checks.isEmpty { return completion(BotHealth()) }
    if let last = health.last, now &- last.at < Int64(Limits.Lua.healthSeconds) &* 1_000_000_000 {
      return completion(last.health)
    }
    health.completions.append(completion)
    guard health.waiting.isEmpty else { return }
    health.checks = []
    health.waiting = Set(checks.keys)
    for (name, check) in checks.sorted(by: { $0.key < $1.key }) {
      host(
        check.function, title: "the health check '\(name)' made at \(check.place)", place: check.place,
        seconds: Limits.Lua.healthTimeout, arguments: { _ in }
      ) { [unowned self] end in
        let problem: String?
        switch end {
        case .returned(let call) where call.boolean(1): problem = nil
        case .returned(let call):
          problem = call.string(2).map { LogText.line(String($0.prefix(200))) } ?? "not well"
        case .failed: problem = "the check failed"
        case .timeout: problem = "no answer in time"
        }
        ended(name, problem)
      }
    }
  }

  /// Looks at what is measured now and then, and not at every change.
  func measure() {
    statistics.memory = lua.memoryUsed
    statistics.tasks = waiting.count
    statistics.timers = timers.count
  }

  private func ended(_ name: String, _ problem: String?) {
    guard health.waiting.remove(name) != nil else { return }
    health.checks.append(BotHealth.Check(name: name, problem: problem))
    guard health.waiting.isEmpty else { return }
    let result = BotHealth(checks: health.checks.sorted { $0.name < $1.name })
    health.last = (now, result)
    let completions = health.completions
    health.completions = []
    for completion in completions { completion(result) }
  }
}
