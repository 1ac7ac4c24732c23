import LuaVM
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Loads scripts anew when they, or modules that they required, have changed on disk (`--watch`).
///
/// ```swift
/// let watcher = ScriptWatcher(runners)
/// try watcher.start()
/// watcher.stop()
/// ```
public final class ScriptWatcher: Sendable {
  /// Something that is made of files.
  private struct Watched: Sendable {
    var files: @Sendable () -> ReadFiles
    var reload: @Sendable () -> Void
  }

  /// Milliseconds between two looks when nothing happens; without word from the system that is all there is.
  private static let quietMilliseconds: Int32 = 2_000
  private static let pollMilliseconds: Int32 = 500
  /// Milliseconds between two looks when something does.
  private static let busyMilliseconds: Int32 = 25

  private let watched: [Watched]
  /// An end of a pipe. Its close ends the thread, which waits at the other.
  private let end: Mutex<Int32?> = Mutex(nil)

  /// - Parameters:
  ///   - runners: Each is told to `reload` when a file of its own changes.
  ///   - file: Another file, such as that of the configuration.
  ///   - onChange: What to do when that has changed. It is called by a thread of the watcher's.
  public init(_ runners: [BotRunner], file: String? = nil, onChange: @escaping @Sendable () -> Void = {}) {
    var watched = runners.map { runner in
      Watched(files: { runner.files }, reload: { runner.reload() })
    }
    if let file {
      let made = Mutex<ReadFiles>([file: FileSignature(path: file)])
      watched.append(
        Watched(
          files: { made.withLock { $0 } },
          reload: {
            made.withLock { $0 = [file: FileSignature(path: file)] }
            onChange()
          }))
    }
    self.watched = watched
  }

  /// Begins to watch. False: the system gives no thread, or no pipe.
  public func start() -> Bool {
    var pair: [Int32] = [-1, -1]
    guard pipe(&pair) == 0 else { return false }
    for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (stopped, write) = (pair[0], pair[1])
    guard LuaThread.start(name: "watch", { [watched] in Self.work(watched, stopped: stopped) }) else {
      for end in pair { close(end) }
      return false
    }
    end.withLock { $0 = write }
    return true
  }

  /// Ends the watch. What is being loaded goes on.
  public func stop() {
    if let end = end.withLock({ $0.take() }) { close(end) }
  }

  /// The thread. It closes its end of the pipe itself, when nobody can wait on it any more.
  private static func work(_ watched: [Watched], stopped: Int32) {
    defer { close(stopped) }
    var events = DirectoryEvents()
    var rules = watched.map { _ in ChangeRule() }
    while true {
      let now = SystemClock().monotonicNanoseconds
      for index in watched.indices {
        let made = watched[index].files()
        events.watch(directoriesOf: made.keys)
        var onDisk: ReadFiles = [:]
        for path in made.keys { onDisk.updateValue(FileSignature(path: path), forKey: path) }
        if rules[index].look(made: made, onDisk: onDisk, now: now) { watched[index].reload() }
      }
      if rules.contains(where: \.isPending) {
        if wait(stopped, nil, busyMilliseconds) { return }
        continue
      }
      let pause = events.descriptor == nil ? pollMilliseconds : quietMilliseconds
      if wait(stopped, events.descriptor, pause) { return }
      events.drain()
      // A directory in which very much happens is no reason to look very often.
      if wait(stopped, nil, busyMilliseconds) { return }
    }
  }

  /// Waits until there is word, or the time is over. True: the watch is over.
  private static func wait(_ stopped: Int32, _ events: Int32?, _ milliseconds: Int32) -> Bool {
    var entries = [pollfd(fd: stopped, events: Int16(POLLIN), revents: 0)]
    if let events { entries.append(pollfd(fd: events, events: Int16(POLLIN), revents: 0)) }
    let count = poll(&entries, nfds_t(entries.count), milliseconds)
    return count > 0 && entries[0].revents != 0
  }
}
