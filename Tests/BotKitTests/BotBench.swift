import Logging
import TestSupport

@testable import BotKit

/// A `BotDriver` on a clock that stands still, in a room that is not there.
final class BotBench {
  let network = FakeNetwork()
  let clock = ManualClock()
  let lines = EventRecorder<CapturedLog.Line>()
  private let driver: BotDriver
  private var messages = 0

  init(
    _ source: String, path: String = "bots/test.lua", start: Bool = true,
    configure: (inout BotConfiguration) -> Void = { _ in }
  ) throws {
    let lines = lines
    var configuration = BotConfiguration(logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) }))
    configuration.clock = clock
    configure(&configuration)
    driver = try BotDriver(source: source, path: path, configuration: configuration, network: network)
    if start { driver.start() }
  }

  var core: BotCore { driver.core }

  /// What has been published.
  var said: [String] { network.texts }
  /// The texts of the log, at info and above.
  var logged: [String] { lines.texts }

  func post(_ event: BotEvent) { driver.post(event) }

  /// Somebody says something, and the bot does what it does about it.
  func hear(_ text: String, from: BotPeer = FakeNetwork.alice, room: String = "universal-connectivity") {
    messages += 1
    send(.message(BotMessage(id: "id\(messages)", from: from, text: text, room: room, time: clock.unixSeconds)))
  }

  func send(_ event: BotEvent) {
    post(event)
    pump()
  }

  func ready() { send(.ready(peers: 1)) }

  /// Handles everything that is there.
  func pump() { driver.settle() }

  /// Lets time pass, from one due time to the next.
  func advance(_ seconds: Double) {
    let target = clock.monotonicNanoseconds + Int64(seconds * 1e9)
    while let due = core.nextDue, due <= target {
      clock.move(to: due)
      pump()
    }
    clock.move(to: target)
    pump()
  }

  /// Another version of the script takes the place of the one that runs.
  func reload(_ source: String) throws { try driver.reload(source) }

  func stop() { driver.stop() }
}

/// A log handler that keeps what it is given.
struct CapturedLog: LogHandler {
  struct Line: Sendable {
    var level: Logger.Level
    var text: String
    var metadata: Logger.Metadata
  }

  let lines: EventRecorder<Line>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  init(lines: EventRecorder<Line>) { self.lines = lines }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.record(
      Line(
        level: event.level, text: "\(event.message)", metadata: metadata.merging(event.metadata ?? [:]) { $1 }))
  }
}

extension EventRecorder<CapturedLog.Line> {
  /// The texts at info and above.
  var texts: [String] { events.filter { $0.level >= .info }.map(\.text) }

  /// Waits for a line with this text.
  func text(_ text: String) async throws { try await first { $0.text == text ? () : nil } }
}
