import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The terminal at standard input and output, taken as a whole and given back as it was.
///
/// It is given back by ``leave()``, at the exit of the process, when the process is stopped (and taken again when it goes
/// on), and when it dies of a fault. One thread uses it; ``wake()`` may be called from any, ``leave()`` too.
public final class TerminalDevice: Sendable {
  /// What has happened while somebody waited.
  public struct Happening: Sendable {
    /// What was typed.
    public var bytes: [UInt8] = []
    /// The terminal may have another size.
    public var isResized = false
    /// The process was stopped and goes on: anything may be on the terminal.
    public var isResumed = false
    /// The terminal has gone.
    public var isGone = false
  }

  /// Whether both standard input and output are terminals.
  public static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  /// It is taken by ``enter()``.
  public init() {}

  /// Takes the terminal. Nothing else may write to it from now on.
  /// - Returns: Whether it could be taken.
  public func enter() -> Bool {
    guard Self.isThere, TerminalState.prepare() else { return false }
    if !TerminalState.isTaken.load(ordering: .acquiring) {
      guard tcgetattr(STDIN_FILENO, &TerminalState.modes) == 0 else { return false }
    }
    var raw = TerminalState.modes
    cfmakeraw(&raw)
    guard tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0 else { return false }
    TerminalState.isTaken.store(true, ordering: .releasing)
    write(ScreenPainter.enter)
    return true
  }

  /// Gives it back. What is written afterwards stands below what was there before.
  public func leave() { TerminalState.restore() }

  /// Its size of the moment.
  public var size: ScreenSize {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return ScreenSize(columns: 80, rows: 24)
    }
    return ScreenSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }

  /// Writes; waits while the terminal takes nothing, until it was given back.
  public func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty, TerminalState.isTaken.load(ordering: .acquiring) {
        var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 100) > 0 else { continue }
        // A little at a time: the rest of a large piece would be waited for inside of the system.
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(256))
        let count = systemWrite(STDOUT_FILENO, piece.baseAddress, piece.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR, errno != EAGAIN {
          return
        }
      }
    }
  }

  /// Waits until something happens or so many milliseconds are over (nil: for ever).
  public func wait(milliseconds: Int?) -> Happening {
    var entries = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: TerminalState.pipe.read, events: Int16(POLLIN), revents: 0),
    ]
    var happening = Happening()
    guard poll(&entries, 2, milliseconds.map { Int32(clamping: $0) } ?? -1) > 0 else { return happening }
    if entries[1].revents != 0 {
      for byte in Self.read(TerminalState.pipe.read) ?? [] {
        switch byte {
        case TerminalState.windowChanged: happening.isResized = true
        case TerminalState.stopped:
          stop()
          happening.isResumed = true
        case TerminalState.continued:
          // Whoever stopped the process by force may have changed the terminal.
          _ = enter()
          happening.isResumed = true
        default: break
        }
      }
    }
    if entries[0].revents != 0 {
      if let bytes = Self.read(STDIN_FILENO) { happening.bytes = bytes } else { happening.isGone = true }
    }
    return happening
  }

  /// Ends the waiting of ``wait(milliseconds:)``.
  public func wake() { TerminalState.tell(0) }

  /// Stops the program, and whatever was started together with it, as Ctrl-Z does elsewhere.
  public func suspend() { kill(0, SIGTSTP) }

  private func stop() {
    leave()
    // To this thread: sent to the process, it might be taken by another one, and this would go on for a while.
    raise(SIGSTOP)
    _ = enter()
  }

  /// Nil: there is nothing more to come.
  private static func read(_ descriptor: Int32) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 4_096)
    let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
    if count > 0 { return Array(chunk.prefix(count)) }
    return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
  }
}

/// What the handlers of signals need, which have no other way to it than by globals.
///
/// The modes are written while nothing is taken, and read while something is: `isTaken` orders both.
private enum TerminalState {
  static let windowChanged: UInt8 = 1
  static let stopped: UInt8 = 2
  static let continued: UInt8 = 3

  static let isTaken = Atomic<Bool>(false)
  nonisolated(unsafe) static var modes = termios()
  nonisolated(unsafe) static var pipe: (read: Int32, write: Int32) = (-1, -1)
  /// The bytes of ``ScreenPainter/leave``, in memory that needs no call to be read.
  nonisolated(unsafe) private static var farewell = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Makes everything that a handler will use, and sets the handlers, once.
  static func prepare() -> Bool {
    guard pipe.read < 0 else { return true }
    var ends: [Int32] = [-1, -1]
    guard systemPipe(&ends) == 0 else { return false }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      // A full pipe says enough.
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let bytes = Array(ScreenPainter.leave.utf8)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    farewell = UnsafeRawBufferPointer(memory)
    pipe = (ends[0], ends[1])
    signal(SIGWINCH) { _ in TerminalState.tell(TerminalState.windowChanged) }
    signal(SIGCONT) { _ in
      if TerminalState.isTaken.load(ordering: .acquiring) { TerminalState.tell(TerminalState.continued) }
    }
    signal(SIGTSTP) { _ in
      if TerminalState.isTaken.load(ordering: .acquiring) {
        TerminalState.tell(TerminalState.stopped)
      } else {
        raise(SIGSTOP)
      }
    }
    for fault in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP] {
      signal(fault) { number in
        TerminalState.restore()
        // It happens again when this returns, and then ends the process as it would have.
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    atexit { TerminalState.restore() }
    return true
  }

  /// Puts the terminal back. Calls nothing that a handler of a signal may not call.
  static func restore() {
    guard isTaken.exchange(false, ordering: .acquiringAndReleasing) else { return }
    // A terminal that takes nothing is not waited for.
    var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
    if poll(&entry, 1, 200) > 0 { _ = systemWrite(STDOUT_FILENO, farewell.baseAddress, farewell.count) }
    tcsetattr(STDIN_FILENO, TCSANOW, &modes)
  }

  static func tell(_ byte: UInt8) {
    var byte = byte
    _ = systemWrite(pipe.write, &byte, 1)
  }
}

// The system's calls, under names that methods do not hide.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }
