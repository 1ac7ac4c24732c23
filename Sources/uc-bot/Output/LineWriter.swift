import Dispatch
import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes whole lines to a file descriptor, from any thread, without ever making its caller wait.
///
/// The event loop and the scripts print through it: a terminal that is held, or a pipe whose reader is slow, must not
/// stop the network. What is waiting is bounded; more is dropped, and counted in a line of its own later. A reader that
/// is gone (`EPIPE`) ends the writing and nothing else. A disk that is full takes nothing now, and may tomorrow: what it
/// has not taken is counted, and said when it takes lines again.
final class LineWriter: Sendable {
  /// Most bytes that wait for a slow reader.
  static let limit = 1_024 * 1_024

  private struct State {
    var pending: [UInt8] = []
    var isDraining = false
    var isClosed = false
    var dropped = 0
    /// Lines that were not taken, the system's word for why, and whether a part of the first of them was.
    var lost: (lines: Int, errno: Int32, isCut: Bool)?
  }

  private let descriptor: Int32
  private let isJournal: Bool
  private let state = Mutex(State())
  private let queue: DispatchQueue

  /// - Parameter journalStream: What systemd says of the way to its journal: ``Journal/variable``.
  init(descriptor: Int32, journalStream: String? = nil) {
    self.descriptor = descriptor
    isJournal = Journal.isBehind(descriptor, stream: journalStream)
    queue = DispatchQueue(label: "uc-bot.lines.\(descriptor)")
  }

  /// Adds a line; the line break is added here, unless it is to end otherwise.
  /// - Parameter level: How important it is, for the journal.
  func write(_ line: String, level: Logger.Level = .info, ending: String = "\n") {
    let line = isJournal ? Journal.marked(line, level: level) : line
    let startsDraining = state.withLock { state in
      guard !state.isClosed else { return false }
      guard state.pending.count + line.utf8.count < Self.limit else {
        state.dropped += 1
        return false
      }
      state.pending.append(contentsOf: line.utf8)
      state.pending.append(contentsOf: ending.utf8)
      if state.isDraining { return false }
      state.isDraining = true
      return true
    }
    if startsDraining { queue.async { self.drain() } }
  }

  /// Waits until everything that was added before is written, or the time is over.
  func flush(milliseconds: Int) {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: .now() + .milliseconds(milliseconds))
  }

  private func drain() {
    while true {
      let batch = state.withLock { state -> [UInt8] in
        var batch: [UInt8] = []
        swap(&batch, &state.pending)
        if state.dropped > 0 {
          let text = "(\(state.dropped) lines dropped: the output was not read in time)"
          batch.append(contentsOf: (isJournal ? Journal.marked(text, level: .warning) : text).utf8)
          batch.append(UInt8(ascii: "\n"))
          state.dropped = 0
        }
        if batch.isEmpty { state.isDraining = false }
        return batch
      }
      if batch.isEmpty { return }
      put(batch)
    }
  }

  /// Writes some lines, after a word on those that could not be written before.
  private func put(_ batch: [UInt8]) {
    let lost = state.withLock { $0.lost }
    if let lost {
      let notice = (lost.isCut ? "\n" : "") + "(\(lost.lines) lines lost: \(String(cString: strerror(lost.errno))))\n"
      guard writeAll(Array(notice.utf8)) == nil else { return lose(batch[...], after: lost) }
      state.withLock { $0.lost = nil }
    }
    guard let failure = writeAll(batch) else { return }
    let isCut = failure.rest.startIndex > 0 && batch[failure.rest.startIndex - 1] != UInt8(ascii: "\n")
    lose(failure.rest, after: (0, failure.errno, isCut))
  }

  private func lose(_ bytes: ArraySlice<UInt8>, after lost: (lines: Int, errno: Int32, isCut: Bool)) {
    let lines = bytes.count { $0 == UInt8(ascii: "\n") }
    state.withLock { state in
      state.lost = (lost.lines + lines, lost.errno, lost.isCut)
      // Nobody will ever read it.
      guard lost.errno == EPIPE || lost.errno == EBADF else { return }
      state.isClosed = true
      state.pending = []
    }
  }

  /// Writes everything. Returns nil, or what the system says and what it has not taken.
  private func writeAll(_ bytes: [UInt8]) -> (errno: Int32, rest: ArraySlice<UInt8>)? {
    var written = 0
    return bytes.withUnsafeBytes { buffer in
      while written < buffer.count {
        // Named with its module: the method of this class hides the system call.
        let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
        if count > 0 {
          written += count
        } else if count < 0, errno == EINTR {
          continue
        } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
          // Somebody else made the terminal non-blocking; wait until it takes more.
          var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = systemPoll(&poll)
        } else {
          return (errno, bytes[written...])
        }
      }
      return nil
    }
  }
}

/// `write(2)`, under a name that a method called `write` does not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// `poll(2)` on one descriptor, without a time limit.
private func systemPoll(_ entry: inout pollfd) -> Int32 {
  poll(&entry, 1, -1)
}
