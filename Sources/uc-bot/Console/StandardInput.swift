import Dispatch
import Limits
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads standard input line by line on a thread of its own, one line for each time it is asked.
///
/// Asking is the back-pressure: a file of a million lines is read at the speed at which they are published.
final class StandardInput: Sendable {
  /// Whether standard input is a terminal.
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  private let demand = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "uc-bot.stdin")
  private let isStopped = Atomic(false)

  /// Starts the reader. For each ``readLine()`` it calls `deliver` once, with a line, or with nil at the end of the
  /// input and then no more.
  func start(deliver: @escaping @Sendable (LineSplitter.Line?) -> Void) {
    queue.async { [self] in
      var splitter = LineSplitter(limit: Limits.Chat.publish)
      var chunk = [UInt8](repeating: 0, count: 4_096)
      var lines: [LineSplitter.Line] = []
      var hasEnded = false
      while true {
        demand.wait()
        if isStopped.load(ordering: .acquiring) { return }
        while lines.isEmpty, !hasEnded {
          let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
          if count > 0 {
            lines = splitter.feed(chunk.prefix(count)).reversed()
          } else if count == 0 || errno != EINTR {
            // An input that cannot be read is an input without lines.
            hasEnded = true
            lines = splitter.finish().map { [$0] } ?? []
          }
        }
        let line = lines.popLast()
        deliver(line)
        if line == nil { return }
      }
    }
  }

  /// Asks for the next line.
  func readLine() {
    demand.signal()
  }

  /// Nothing is delivered any more. A read that is under way ends with the process.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    demand.signal()
  }
}
