import LuaVM

extension BotCore {
  /// The user's options are others now: a script that asks for them gets `config` when that changes a value.
  func setOptions(_ new: BotOptions) {
    guard !isStopping else { return }
    options = new
    guard let declared = declaredOptions else { return }
    let values: [String: BotValue]
    do throws(DeclaredOptions.Problem) {
      values = try declared.values(from: new)
    } catch {
      statistics.errors &+= 1
      log.failure("the options have changed, and are wrong: \(error.message); the old ones stay", traceback: nil)
      return
    }
    let changed = values.filter { optionValues[$0.key] != $0.value }
    optionValues = values
    guard !changed.isEmpty else { return }
    handle(.config(changed: changed))
  }
}
