import Foundation
import Synchronization
import Testing

/// The real `uc-bot`, as a process of its own, whose output a test waits for with a deadline.
final class CommandProcess: Sendable {
  struct Timeout: Error, CustomStringConvertible {
    let description: String
  }

  fileprivate struct State {
    var output = ""
    var errors = ""
    var exitCode: Int32?
    var openPipes = 2
    var isDeaf = false
    var changes = 0
    var waiters: [UUID: CheckedContinuation<Void, Never>] = [:]
  }

  let identifier: Int32
  private let input: FileHandle?
  private let state = Shared()

  /// - Parameters:
  ///   - input: What is written to standard input, which is then closed; nil leaves it open, and empty is `/dev/null`.
  init(_ arguments: [String], input text: String? = "", environment: [String: String] = [:]) throws {
    // A process that ends before it has read what is typed must not end the tests.
    Foundation.signal(SIGPIPE, SIG_IGN)
    let process = Process()
    process.executableURL = try Self.executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    let pipe = Pipe()
    if text == "" { process.standardInput = FileHandle.nullDevice } else { process.standardInput = pipe }
    input = text == nil ? pipe.fileHandleForWriting : nil
    process.terminationHandler = { [state] process in
      state.change { $0.exitCode = process.terminationStatus }
    }
    try process.run()
    identifier = process.processIdentifier
    for (index, handle) in [output.fileHandleForReading, errors.fileHandleForReading].enumerated() {
      Thread.detachNewThread { [state] in
        while case let data = handle.availableData, !data.isEmpty {
          if index == 0, state.value.withLock({ $0.isDeaf }) { break }
          let text = String(decoding: data, as: UTF8.self)
          state.change { if index == 0 { $0.output += text } else { $0.errors += text } }
        }
        try? handle.close()
        state.change { $0.openPipes -= 1 }
      }
    }
    if let text, !text.isEmpty {
      try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try pipe.fileHandleForWriting.close()
    }
  }

  /// A test that failed leaves no process behind.
  deinit {
    if state.value.withLock({ $0.exitCode == nil }) { kill(identifier, SIGKILL) }
  }

  var output: String { state.value.withLock { $0.output } }
  var errors: String { state.value.withLock { $0.errors } }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(identifier, number) }

  /// Closes standard output at our end, as soon as there is something more on it.
  func closeOutput() { state.value.withLock { $0.isDeaf = true } }

  /// Types a line.
  func type(_ line: String) throws { try input?.write(contentsOf: Data((line + "\n").utf8)) }

  /// Waits until standard output has a line that begins with `start`, and returns what follows on it.
  func line(_ start: String, within seconds: Double = 300) async throws -> String {
    try await value(within: seconds, of: "a line '\(start)'") { state in
      // What follows the last line break may be half a line.
      let whole = state.output.lastIndex(of: "\n").map { state.output[..<$0] } ?? ""
      for line in whole.split(separator: "\n") where line.hasPrefix(start) {
        return String(line.dropFirst(start.count))
      }
      return nil
    }
  }

  /// Waits until standard output has `text`.
  func outputText(_ text: String, within seconds: Double = 300) async throws {
    _ = try await value(within: seconds, of: "the output '\(text)'") { $0.output.contains(text) ? true : nil }
  }

  /// Waits until standard error has `text`.
  func errorText(_ text: String, within seconds: Double = 300) async throws {
    _ = try await value(within: seconds, of: "the error '\(text)'") { $0.errors.contains(text) ? true : nil }
  }

  /// Waits for the end of the process and of its output; returns the exit code.
  func exit(within seconds: Double = 300) async throws -> Int32 {
    try await value(within: seconds, of: "the end") { $0.openPipes == 0 ? $0.exitCode : nil }
  }

  private func value<Value: Sendable>(
    within seconds: Double, of what: String, _ select: @escaping @Sendable (State) -> Value?
  ) async throws -> Value {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      let (value, changes) = state.value.withLock { (select($0), $0.changes) }
      if let value { return value }
      guard Date() < deadline else {
        kill(identifier, SIGKILL)
        throw Timeout(description: "no \(what) in \(seconds) s; output: \(output) errors: \(errors)")
      }
      await change(after: changes, until: deadline)
    }
  }

  /// Waits until something has changed since a state was looked at, or until the deadline.
  private func change(after seen: Int, until deadline: Date) async {
    let key = UUID()
    let timer = Task { [state] in
      try? await Task.sleep(for: .seconds(max(0, deadline.timeIntervalSinceNow)))
      state.value.withLock { $0.waiters.removeValue(forKey: key) }?.resume()
    }
    await withCheckedContinuation { continuation in
      let isLate = state.value.withLock { state in
        if state.changes == seen { state.waiters[key] = continuation }
        return state.changes != seen
      }
      if isLate { continuation.resume() }
    }
    timer.cancel()
  }

  /// The command that was built beside the tests.
  private static var executable: URL {
    get throws {
      let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      let candidates = [tests, URL(fileURLWithPath: CommandLine.arguments[0])]
        .map { $0.deletingLastPathComponent().appendingPathComponent("uc-bot") }
      return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
  }
}

/// What the threads of a ``CommandProcess`` share.
private final class Shared: Sendable {
  let value = Mutex(CommandProcess.State())

  /// Changes it and wakes everybody who waits for a change.
  func change(_ body: (inout CommandProcess.State) -> Void) {
    let waiters = value.withLock { state in
      body(&state)
      state.changes += 1
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }
}
