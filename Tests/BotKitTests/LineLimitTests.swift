import Limits
import Testing

@testable import BotKit

@Suite("A script that floods the log is held back, and told of")
struct LineLimitTests {
  private static let burst = Int(Limits.Lua.logBurst)
  private static let rate = Int(Limits.Lua.logRate)

  @Test("lines beyond the burst are left out, by print and uc.log alike, and counted")
  func burst() throws {
    let bench = try BotBench(
      """
      uc.on("message", function() for i = 1, \(Self.burst) do print(i) uc.log.info(i) end end)
      """)
    bench.hear("go")
    #expect(bench.logged.count == Self.burst + 1)
    #expect(bench.logged[Self.burst - 1] == "\(Self.burst / 2)")
    let told = "lines of the script's left out: it writes more than \(Self.rate) a second"
    #expect(bench.logged.last == "\(Self.burst) \(told)")
    // So many come back each second, and the rest is told of once a second.
    bench.advance(0.5)
    bench.hear("go")
    #expect(bench.logged.count == Self.burst + 1 + Self.rate / 2)
    bench.advance(0.5)
    bench.hear("go")
    #expect(bench.logged.count == Self.burst + 1 + Self.rate + 1)
    #expect(
      bench.logged.filter { $0.hasSuffix(told) } == [
        "\(Self.burst) \(told)", "\(2 * Self.burst - Self.rate / 2) \(told)",
      ])
  }

  @Test("errors are always told")
  func errors() throws {
    let bench = try BotBench(
      """
      uc.on("message", function()
        for i = 1, \(Self.burst + 1) do print(i) end
        error("told all the same")
      end)
      """)
    bench.hear("go")
    #expect(bench.logged.contains { $0.contains("told all the same") })
  }

  @Test("a reload is no way around it")
  func reload() throws {
    let source = "for i = 1, \(Self.burst) do print(i) end"
    let bench = try BotBench(source)
    try bench.reload(source)
    #expect(bench.logged.filter { Int($0) != nil }.count == Self.burst)
  }
}
