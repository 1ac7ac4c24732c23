import Foundation
import Testing

@testable import uc_bot

@Suite("The writer of lines")
struct LineWriterTests {
  @Test("writes whole lines, in order, from many threads")
  func threads() async throws {
    let pipe = Pipe()
    let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    await withTaskGroup { group in
      for task in 0..<4 {
        group.addTask { for number in 0..<100 { writer.write("\(task) \(number)") } }
      }
    }
    writer.flush(milliseconds: 10_000)
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 400)
    for task in 0..<4 {
      #expect(lines.filter { $0.hasPrefix("\(task) ") } == (0..<100).map { "\(task) \($0)" })
    }
  }

  @Test("neither waits for a slow reader nor keeps everything for it, and says what is missing")
  func slowReader() throws {
    let pipe = Pipe()
    let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    let line = String(repeating: "x", count: 1_000)
    for _ in 0..<3_000 { writer.write(line) }
    // Nobody has read, and here we are. Now somebody does, while another thread waits for the writer.
    Thread.detachNewThread {
      writer.flush(milliseconds: 10_000)
      writer.write("later")
      writer.flush(milliseconds: 10_000)
      try? pipe.fileHandleForWriting.close()
    }
    let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
    let lines = text.split(separator: "\n")
    // What one write holds, and what waits behind it.
    #expect(lines.count < 2_300)
    #expect(lines.contains { $0.hasSuffix("lines dropped: the output was not read in time)") })
    #expect(lines.last == "later")
  }

  @Test("loses lines while the disk is full, and says how many when it is not any more")
  func fullDisk() throws {
    let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
    try #require(full >= 0)
    defer { close(full) }
    let writer = LineWriter(descriptor: full)
    for line in ["one", "two", "three"] {
      writer.write(line)
      writer.flush(milliseconds: 10_000)
    }
    let pipe = Pipe()
    try #require(dup2(pipe.fileHandleForWriting.fileDescriptor, full) == full)
    try pipe.fileHandleForWriting.close()
    writer.write("four")
    writer.flush(milliseconds: 10_000)
    var bytes = [UInt8](repeating: 0, count: 1_000)
    let count = read(pipe.fileHandleForReading.fileDescriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    #expect(text == "(3 lines lost: No space left on device)\nfour\n")
  }

  @Test("goes on without its reader")
  func closed() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = Pipe()
    let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForReading.close()
    for _ in 0..<10 { writer.write("to nobody") }
    writer.flush(milliseconds: 10_000)
  }

  @Test("tells the journal how important each line is, and nobody else")
  func journal() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    var status = stat()
    #expect(fstat(descriptor, &status) == 0)
    let stream = "\(status.st_dev):\(status.st_ino)"
    // The variable is inherited: this one is about another stream than ours.
    for (stream, line) in [(stream, "known"), ("\(status.st_dev):\(status.st_ino + 1)", "other"), (nil, "none")] {
      let writer = LineWriter(descriptor: descriptor, journalStream: stream)
      writer.write(line, level: .notice)
      writer.write("first\n  second", level: .error)
      writer.flush(milliseconds: 10_000)
    }
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
    #expect(text == "<5>known\n<3>first\n<3>  second\nother\nfirst\n  second\nnone\nfirst\n  second\n")
  }
}

@Suite("The reporter")
struct ReporterTests {
  @Test("keeps the first lines of a peer in a console, and prints them when the console steps aside")
  func stepsAside() throws {
    let (hidden, shown) = (Pipe(), Pipe())
    let reporter = Reporter(
      form: .text, level: .warning, writer: LineWriter(descriptor: hidden.fileHandleForWriting.fileDescriptor),
      keepsHidden: true)
    reporter.report(.starting)
    reporter.report(.chat(.ready(meshPeers: 1)))
    reporter.report(.chat(.joined(topic: "x")))
    let writer = LineWriter(descriptor: shown.fileHandleForWriting.fileDescriptor)
    reporter.change(level: .info, writer: writer)
    reporter.report(.chat(.joined(topic: "y")))
    reporter.report(.chat(.ready(meshPeers: 1)))
    writer.flush(milliseconds: 10_000)
    try hidden.fileHandleForWriting.close()
    try shown.fileHandleForWriting.close()
    #expect(try hidden.fileHandleForReading.readToEnd() == nil)
    let text = String(decoding: try #require(try shown.fileHandleForReading.readToEnd()), as: UTF8.self)
    #expect(
      text == "Starting Universal Connectivity Application...\nSubscribed to topic: x\nSubscribed to topic: y\n")
  }
}
