import BotStore
import LuaVM

extension BotCore {
  /// Does something with the script's store; what may fail there becomes `nil` and a code.
  func withStore(_ call: LuaCall, _ body: (BotStore, _ now: Double) throws(StoreError) -> Void) -> LuaOutcome {
    do throws(StoreError) {
      try body(store, configuration.clock.unixSeconds)
    } catch {
      call.results.failure(error.code)
    }
    return .values
  }
}

extension StoreError {
  /// As scripts get it.
  var code: String {
    switch self {
    case .full: "full"
    case .tooLarge: "too_large"
    case .locked: "locked"
    case .damaged, .unusable: "io"
    }
  }
}
