import Testing

@testable import BotKit

@Suite("A bot that runs out of memory")
struct OutOfMemoryTests {
  private func bench(_ name: String) throws -> BotBench {
    let bench = try BotBench(try Repository.text("bots/\(name).lua"), path: "bots/\(name).lua") { $0.nick = "botty" }
    bench.ready()
    return bench
  }

  @Test("any allocation of a message's run may fail, and the next message is answered", arguments: [1, UInt64.max])
  func allocationFailures(count: UInt64) throws {
    let bench = try bench("echo")
    bench.hear("!echo warm")
    let before = bench.core.lua.allocationCount
    bench.hear("!echo measured")
    let allocations = bench.core.lua.allocationCount - before
    for number in 1...allocations + 5 {
      bench.core.lua.failAllocations(first: number, count: count)
      bench.hear("!echo failing \(number)")
      bench.core.lua.failAllocations(first: 0, count: 0)
      bench.advance(1)
      bench.hear("!echo after \(number)")
      #expect(bench.said.last == "echo: after \(number)")
      bench.advance(1)
    }
    #expect(bench.core.waiting.isEmpty)
  }
}
