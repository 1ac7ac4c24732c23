import ArgumentParser
import BotKit
import Foundation
import Logging
import Synchronization

/// What Lua costs here: a handler call, a new state, a run that waits, a timer, the end of a script that spins.
///
/// Each figure is of the script's own thread, with everything that a message passes from the inbox to the end of its
/// handler. `bench/chost.c` measures the same handler in a plain host.
struct LuaCost: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lua", abstract: "Measures what running bots costs, without a network.")

  enum Figure: String, ExpressibleByArgument, CaseIterable {
    case call, state, sleepers, timers, kill
  }

  @Argument(help: "What to measure: \(Figure.allCases.map(\.rawValue).joined(separator: ", ")).") var figure: Figure
  @Option(help: "The folder with the scripts.") var scripts = "bench"
  @Option(help: "How many.") var count = 100_000

  func run() async throws {
    switch figure {
    case .call: try call()
    case .state: try state()
    case .sleepers: try await sleepers()
    case .timers: try await timers()
    case .kill: try kill()
    }
  }

  private func configuration(_ log: LastLine) -> BotConfiguration {
    var configuration = BotConfiguration(logger: Logger(label: "uc-bench", factory: { _ in log }))
    configuration.memory = 256 << 20
    configuration.tasks = 200_000
    configuration.timers = 200_000
    configuration.handlerMilliseconds = 60_000
    return configuration
  }

  private func runner(_ script: String, _ log: LastLine = LastLine()) throws -> BotRunner {
    try BotRunner(scriptPath: "\(scripts)/\(script)", configuration: configuration(log), network: Nowhere())
  }

  private func message(_ text: String, number: Int = 0) -> BotEvent {
    let digits = String(number, radix: 16)
    return .message(
      BotMessage(
        id: String(repeating: "0", count: 40 - digits.count) + digits,
        from: BotPeer(id: "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"), text: text,
        room: "universal-connectivity", time: 1.7e9))
  }

  /// From the inbox to the end of the handler. The messages are made beforehand, a batch at a time, as the network would
  /// have made them.
  private func call() throws {
    let driver = try BotDriver(
      scriptPath: "\(scripts)/call.lua", configuration: configuration(LastLine()), network: Nowhere())
    driver.start()
    var taken: Int64 = 0
    var number = 0
    // The first tenth fills caches and buffers.
    while number < count + count / 10 {
      if number <= count / 10 { taken = 0 }
      for _ in 0..<Self.batch {
        number += 1
        driver.post(message("hello number \(number), how are you?", number: number))
      }
      let before = Self.cpuNanoseconds(CLOCK_THREAD_CPUTIME_ID)
      driver.settle()
      taken += Self.cpuNanoseconds(CLOCK_THREAD_CPUTIME_ID) - before
    }
    print("{\"ns\": \(Double(taken) / Double(count)), \"errors\": \(driver.statistics.errors)}")
  }

  /// As many as a script's thread takes from its inbox at once.
  private static let batch = 64

  private func state() throws {
    var taken: [Int64] = []
    for _ in 0..<count {
      let before = Self.cpuNanoseconds()
      _ = try runner("call.lua")
      taken.append(Self.cpuNanoseconds() - before)
    }
    taken.sort()
    print("{\"ms\": \(Double(taken[taken.count / 2]) / 1e6), \"most_ms\": \(Double(taken[taken.count - 1]) / 1e6)}")
  }

  private func sleepers() async throws {
    let log = LastLine()
    let runner = try runner("sleepers.lua", log)
    try runner.start()
    let before = Self.residentBytes()
    runner.post(message("\(count)"))
    let bytes = try await log.next()
    print("{\"lua_bytes\": \(bytes), \"resident_bytes\": \((Self.residentBytes() - before) / count)}")
    await runner.stop()
  }

  private func timers() async throws {
    let log = LastLine()
    let runner = try runner("timers.lua", log)
    try runner.start()
    let before = Self.residentBytes()
    runner.post(message("\(count)"))
    _ = try await log.next()
    let bytes = Self.residentBytes() - before
    let cpu = Self.cpuNanoseconds()
    let late = try await log.next().split(separator: " ")
    let taken = Self.cpuNanoseconds() - cpu
    print(
      "{\"resident_mib\": \(Double(bytes) / 1_048_576), \"late_p50_ms\": \(late[0]), \"late_p99_ms\": \(late[1]), "
        + "\"late_most_ms\": \(late[2]), \"ns\": \(Double(taken) / Double(count))}")
    await runner.stop()
  }

  /// The kill probes of bots.md §6: each top level would run for ever.
  private static let probes = [
    "loop": "while true do end",
    "pcall": "while true do pcall(function() while true do end end) end",
    "xpcall": "while true do xpcall(error, function() while true do end end) end",
    "coroutine": "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "sort": "while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end",
    "gsub": "while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end",
    "close":
      "while true do pcall(function() local x <close> = setmetatable({}, { __close = function() while true do end "
      + "end }) end) end",
    "tostring":
      "while true do pcall(tostring, setmetatable({}, { __tostring = function() while true do end end })) end",
    "match": "local s = '!c' .. (' '):rep(65536) .. 'x' while true do s:match('^%s*(.-)%s*$') end",
    "rep": "while true do local s = ('x'):rep(1e7) end",
  ]

  private func kill() throws {
    var configuration = BotConfiguration(logger: Logger(label: "uc-bench", factory: { _ in LastLine() }))
    configuration.handlerMilliseconds = 200
    var results: [String] = []
    for (name, source) in Self.probes.sorted(by: { $0.key < $1.key }) {
      let clock = ContinuousClock()
      let start = clock.now
      do {
        _ = try BotRunner(source: source, path: "probe.lua", configuration: configuration, network: Nowhere())
        throw ValidationError("the probe '\(name)' ended by itself")
      } catch BotError.tookTooLong {
        results.append("\"\(name)\": \((clock.now - start) / .milliseconds(1))")
      }
    }
    print("{\(results.joined(separator: ", "))}")
  }

  private static func cpuNanoseconds(_ clock: clockid_t = CLOCK_PROCESS_CPUTIME_ID) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Of this process, as Linux tells it; 0 elsewhere.
  private static func residentBytes() -> Int {
    let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (words.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * Int(getpagesize())
  }
}

/// A room where nobody is.
private final class Nowhere: BotNetwork {
  let localPeerID = "12D3KooWBotBotBotBotBotBotBotBotBotBotBotBotMEmeMEme"

  func publish(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) { completion(.failure(.noPeers)) }

  func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) { completion(.failure(.notConnected)) }
}

/// A log that hands on what a script prints.
private struct LastLine: LogHandler {
  private let stream: AsyncStream<String>
  private let continuation: AsyncStream<String>.Continuation
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  init() { (stream, continuation) = AsyncStream.makeStream(of: String.self) }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { continuation.yield("\(event.message)") }

  func next() async throws -> String {
    for await line in stream { return line }
    throw ValidationError("the script said nothing")
  }
}
