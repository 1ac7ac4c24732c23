import Testing

@testable import uc_bot

@Suite("The console")
struct ConsoleSessionTests {
  @Test("publishes a piped line, prints the answer, and ends when it is quiet")
  func piped() {
    var session = ConsoleSession(isInteractive: false)
    #expect(session.start() == [.read])
    #expect(session.handle(.line(.text("!echo hi")), at: 0.1) == [])
    #expect(session.handle(.ready, at: 0.2) == [.publish("!echo hi")])
    #expect(session.handle(.published(failure: nil), at: 0.3) == [.read])
    #expect(session.handle(.endOfInput, at: 0.3) == [])
    #expect(session.handle(heard("echo: hi"), at: 0.4) == [.print("[abcd1234]: echo: hi")])
    #expect(session.deadline == 0.4 + AnswerWait.quiet)
    #expect(session.handle(.tick, at: 0.5) == [])
    #expect(session.handle(.tick, at: 1.2) == [.end(failure: nil)])
    #expect(session.deadline == nil)
  }

  @Test("publishes line after line, each when the one before is out")
  func manyLines() {
    var session = ConsoleSession(isInteractive: false)
    #expect(session.handle(.ready, at: 0) == [])
    for number in 0..<100 {
      #expect(session.handle(.line(.text("line \(number)")), at: 1) == [.publish("line \(number)")])
      #expect(session.handle(.published(failure: nil), at: 1) == [.read])
    }
    #expect(session.handle(.endOfInput, at: 2) == [])
    #expect(session.deadline == 2 + AnswerWait.silence)
  }

  @Test("waits longer for an answer when there was none yet")
  func slowBot() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.ready, at: 0)
    _ = session.handle(.line(.text("x")), at: 0)
    _ = session.handle(heard("something else, earlier"), at: 0)
    _ = session.handle(.published(failure: nil), at: 0)
    _ = session.handle(.line(.text("y")), at: 1)
    _ = session.handle(.published(failure: nil), at: 1)
    _ = session.handle(.endOfInput, at: 1)
    #expect(session.deadline == 3)
    _ = session.handle(heard("answer"), at: 2.9)
    #expect(session.deadline == 2.9 + AnswerWait.quiet)
  }

  @Test("ends although the bot never stops talking")
  func talkative() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.ready, at: 0)
    _ = session.handle(.line(.text("x")), at: 0)
    _ = session.handle(.published(failure: nil), at: 0)
    _ = session.handle(.endOfInput, at: 0)
    var now = 0.0
    while now < 4.9 {
      now += 0.1
      _ = session.handle(heard("and another thing"), at: now)
    }
    #expect(session.deadline == AnswerWait.patience)
    #expect(session.handle(.tick, at: 5) == [.end(failure: nil)])
  }

  @Test("waits longer for the answers to many lines")
  func manyAnswers() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.ready, at: 0)
    for _ in 0..<100 {
      _ = session.handle(.line(.text("x")), at: 0)
      _ = session.handle(.published(failure: nil), at: 0)
    }
    _ = session.handle(.endOfInput, at: 0)
    for tenth in 1...100 { _ = session.handle(heard("answer"), at: Double(tenth) / 10) }
    #expect(session.deadline == 10 + AnswerWait.quiet)
  }

  @Test("steps aside when there is nothing on standard input, even before the mesh is there")
  func nothing() {
    var session = ConsoleSession(isInteractive: false)
    let actions = session.handle(.endOfInput, at: 0)
    #expect(actions.last == .stepAside)
    #expect(actions.count == 2)
    #expect(session.handle(.ready, at: 1) == [])
    #expect(session.deadline == nil)
  }

  @Test("ends with a person's end of input or /quit, and says at the start how")
  func interactive() {
    var session = ConsoleSession(isInteractive: true)
    guard case .note(let help) = session.start().first else {
      Issue.record("no help")
      return
    }
    #expect(help.contains("Ctrl-D"))
    _ = session.handle(.ready, at: 0)
    var other = session
    #expect(session.handle(.endOfInput, at: 1) == [.end(failure: nil)])
    #expect(other.handle(.line(.text("/quit")), at: 1) == [.end(failure: nil)])
    #expect(other.handle(.line(.text("more")), at: 2) == [])
  }

  @Test("goes on for a person however long it is quiet")
  func patientWithPeople() {
    var session = ConsoleSession(isInteractive: true)
    _ = session.handle(.ready, at: 0)
    #expect(session.deadline == nil)
    #expect(session.handle(.tick, at: 1_000_000) == [])
  }

  @Test("skips blank lines, and lines that are too long with a word about them")
  func skipped() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.ready, at: 0)
    #expect(session.handle(.line(.text("  \t")), at: 0) == [.read])
    let actions = session.handle(.line(.tooLong(bytes: 99_999)), at: 0)
    #expect(actions == [.note("line 2 is 99999 bytes long and is left out"), .read])
  }

  @Test("says when a line could not be sent, and goes on")
  func failure() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.ready, at: 0)
    _ = session.handle(.line(.text("x")), at: 0)
    #expect(session.handle(.published(failure: "no peers"), at: 0) == [.note("not sent: no peers"), .read])
  }

  @Test("gives up with an error when the two peers do not find each other")
  func neverReady() {
    var session = ConsoleSession(isInteractive: false)
    _ = session.handle(.line(.text("x")), at: 0)
    #expect(session.deadline == ConsoleSession.readyTimeout)
    guard case .end(failure: .some) = session.handle(.tick, at: 10).first else {
      Issue.record("it goes on")
      return
    }
  }

  @Test("shows escapes in what it hears")
  func harmless() {
    var session = ConsoleSession(isInteractive: false)
    #expect(session.handle(heard("\u{1b}[2J"), at: 0) == [.print("[abcd1234]: ␛[2J")])
  }

  private func heard(_ text: String) -> ConsoleSession.Event {
    .heard(short: "abcd1234", text: text, truncated: false)
  }
}

@Suite("Lines of standard input")
struct LineSplitterTests {
  @Test("are cut at line breaks, however the bytes come in")
  func chunks() {
    let input = Array("one\ntwo\r\n\nlast".utf8)
    for size in 1...input.count {
      var splitter = LineSplitter(limit: 100)
      var lines: [LineSplitter.Line] = []
      for start in stride(from: 0, to: input.count, by: size) {
        lines += splitter.feed(input[start..<min(start + size, input.count)])
      }
      lines += splitter.finish().map { [$0] } ?? []
      #expect(lines == [.text("one"), .text("two"), .text(""), .text("last")], "chunks of \(size)")
    }
  }

  @Test("are left out when they are too long, and cost no memory")
  func tooLong() {
    var splitter = LineSplitter(limit: 4)
    #expect(
      splitter.feed("abcd\nabcd\r\nabcde\nok\n".utf8) == [
        .text("abcd"), .text("abcd"), .tooLong(bytes: 5), .text("ok"),
      ])
    #expect(splitter.feed(repeatElement(UInt8(ascii: "x"), count: 1_000_000)).isEmpty)
    #expect(splitter.finish() == .tooLong(bytes: 1_000_000))
    #expect(splitter.finish() == nil)
  }

  @Test("are repaired when they are not UTF-8")
  func invalid() {
    var splitter = LineSplitter(limit: 10)
    #expect(splitter.feed([0x61, 0xFF, 0x0A]) == [.text("a\u{FFFD}")])
  }
}
