import BotKit
import Logging
import Synchronization
import Testing

@testable import uc_bot

@Suite("--dry-run: everything but speaking")
struct DryRunTests {
  @Test("what would be said is logged, answered as sent, and goes nowhere; questions go on")
  func network() {
    let real = CountingNetwork()
    let mailbox = Mailbox()
    let dry = DryRunNetwork(real, logger: Logger(label: "test", factory: { _ in MailboxLog(mailbox: mailbox) }))
    let answers = Mutex<[String]>([])
    dry.publish(Array("hi\u{1B}[2J".utf8), room: "r") { result in answers.withLock { $0.append("\(result)") } }
    dry.perform(.send(text: "psst", id: "p"), timeoutSeconds: 1) { result in answers.withLock { $0.append("\(result)") }
    }
    #expect(real.published.load(ordering: .relaxed) == 0)
    #expect(answers.withLock { $0.count } == 2)
    #expect(answers.withLock { $0.allSatisfy { $0.hasPrefix("success") } })
    let lines = mailbox.take().compactMap { item in
      if case .logged(let text) = item { text } else { nil }
    }
    #expect(lines == ["notice: would say room=r text=hi␛[2J", "notice: would say to one peer peer=p text=psst"])
    dry.ping("p", timeoutSeconds: 1) { result in answers.withLock { $0.append("\(result)") } }
    #expect(answers.withLock { $0.last } == "success(0.5)")
  }

  @Test("the command runs its scripts, prints what they would say, and sends nothing")
  func command() async throws {
    let folder = try ToolFolder()
    try folder.write(
      "bot.lua", "uc.on('start', function() uc.log.info('began') end) uc.on('ready', function() uc.say('hello') end)")
    let address = "/ip4/127.0.0.1/tcp/0"
    let listener = try CommandProcess(
      ["\(folder.path)/bot.lua", "--listen", address, "--store", folder.path + "/a"], input: nil)
    let target = try await listener.line("Listening on: ")
    let dry = try CommandProcess(
      [
        "\(folder.path)/bot.lua", "--dry-run", "--listen", address, "--connect", target, "--store", folder.path + "/b",
      ], input: nil)
    try await dry.outputText("would say")
    dry.signal(15)
    #expect(try await dry.exit() == 0)
    #expect(dry.output.contains("hello"))
    listener.signal(15)
    #expect(try await listener.exit() == 0)
    // Its own room has heard nothing of the dry one.
    #expect(!listener.output.contains("]: hello"))
  }
}

/// A network that counts.
private final class CountingNetwork: BotNetwork {
  let localPeerID = "12D3KooWCount"
  let published = Atomic(0)

  func publish(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    published.wrappingAdd(1, ordering: .relaxed)
    completion(.success(BotReceipt(id: "1", peers: 1)))
  }

  func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) {
    completion(.success(0.5))
  }
}
