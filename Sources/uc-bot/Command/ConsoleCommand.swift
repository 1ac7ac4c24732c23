import ArgumentParser
import BotKit
import Limits

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `uc-bot console`: talk to bots without any network.
struct ConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Talk to bots without any network: a room in this process, with you in it and whom else you play.",
    discussion: """
      \(LocalChat.help)

      At a terminal time passes as always. Of piped input each line takes a second, and ten more pass at the end, so that \
      the same input gives the same output at once. uc.http answers "unavailable", and the store is gone in the end. \
      (`uc-bot run --console` is the real thing: a second peer, through the whole network stack.)
      """)

  @Argument(help: "Lua scripts; each is a bot of its own.", completion: .file(extensions: ["lua"]))
  var scripts: [String]

  @Option(help: "The name that the bots call themselves.")
  var nick: String?

  @Option(help: ArgumentHelp("What commands begin with. Default: !", valueName: "text"))
  var prefix = "!"

  @Option(help: ArgumentHelp("Somebody who may give an admin's commands, such as you; repeatable.", valueName: "name"))
  var admin: [String] = []

  func run() throws {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let clock = ManualClock(start: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    let chat: LocalChat
    do throws(BotError) {
      chat = try LocalChat(scripts: scripts, clock: clock, nick: nick, prefix: prefix, admins: admin) { output in
        switch output {
        case .said(let line): Self.print(line, to: STDOUT_FILENO)
        case .note(let line): Self.print(line, to: STDERR_FILENO)
        }
      }
    } catch {
      throw Failure(error)
    }
    if StandardInput.isTerminal {
      Self.print("A room of your own: type something, or /help. Ctrl-D ends.", to: STDERR_FILENO)
      chat.start()
      Self.talk(chat, clock)
    } else {
      chat.start()
      Self.read { line in
        defer { chat.advance(seconds: 1) }
        return chat.take(line)
      }
      chat.advance(seconds: 10)
    }
    chat.stop()
    while !chat.isOver, chat.nextDue != nil { chat.advance(seconds: 1) }
  }

  private static func print(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  /// Lines as they are typed, and what the bots do meanwhile, in real time.
  private static func talk(_ chat: LocalChat, _ clock: ManualClock) {
    let system = SystemClock()
    var last = system.monotonicNanoseconds
    var splitter = LineSplitter(limit: Limits.Chat.publish)
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let now = system.monotonicNanoseconds
      // On top of what /advance has added.
      clock.move(to: clock.monotonicNanoseconds &+ (now &- last))
      last = now
      chat.settle()
      let wait = chat.nextDue.map { min(max(($0 &- clock.monotonicNanoseconds) / 1_000_000 &+ 1, 0), 60_000) }
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&input, 1, wait.map { Int32(clamping: $0) } ?? -1) > 0 else { continue }
      let count = readInput(STDIN_FILENO, &chunk, chunk.count)
      guard count > 0 else { return }
      for line in splitter.feed(chunk.prefix(count)) {
        if case .text(let text) = line, !chat.take(text) { return }
      }
    }
  }

  /// Each line of the input, until `take` returns false.
  private static func read(_ take: (String) -> Bool) {
    var splitter = LineSplitter(limit: Limits.Chat.publish)
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = readInput(STDIN_FILENO, &chunk, chunk.count)
      let lines = count > 0 ? splitter.feed(chunk.prefix(count)) : splitter.finish().map { [$0] } ?? []
      for line in lines {
        if case .text(let text) = line, !take(text) { return }
      }
      guard count > 0 else { return }
    }
  }
}

private func readInput(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
