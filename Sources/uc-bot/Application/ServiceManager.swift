#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The service manager that started the program, if one did: systemd, or whatever else speaks `sd_notify(3)`.
///
/// Its protocol is a datagram of `KEY=value` lines to the socket that the environment names, which is less to write than
/// libsystemd is to install. Nothing waits for it and nothing fails with it: a manager that does not listen is its own
/// misfortune.
struct ServiceManager: Sendable {
  /// What can be told.
  enum State: Sendable {
    /// The start is over; what it is doing, for `systemctl status`.
    case ready(status: String)
    /// The end has begun.
    case stopping
    /// One line about how it is.
    case status(String)
    /// It is alive.
    case watchdog

    var lines: String {
      switch self {
      // A line break would begin another key.
      case .ready(let status): "READY=1\nSTATUS=" + status.filter { !$0.isNewline }
      case .stopping: "STOPPING=1"
      case .status(let text): "STATUS=" + text.filter { !$0.isNewline }
      case .watchdog: "WATCHDOG=1"
      }
    }
  }

  /// The names of the variables that it is told by.
  static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

  /// Microseconds after which the manager gives up on a silent program; nil when it keeps no watch.
  let watchdogMicroseconds: Int64?

  private let path: String

  /// The manager that the environment tells of; nil without one.
  init?(environment: [String: String], processIdentifier: Int32 = getpid()) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
    guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
    self.path = path
    // The variables are inherited: a watch that is meant for a parent is none of ours.
    let isOurs = environment["WATCHDOG_PID"].map { $0 == String(processIdentifier) } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
    watchdogMicroseconds = isOurs ? microseconds.flatMap { $0 > 0 ? $0 : nil } : nil
  }

  /// Tells it. False when it could not be told.
  @discardableResult
  func notify(_ state: State) -> Bool {
    #if canImport(Darwin)
      let kind = SOCK_DGRAM
    #else
      let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #endif
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    // A leading '@' stands for the zero of an abstract name, which is not on the disk and has no zero behind it.
    let isAbstract = bytes.first == UInt8(ascii: "@")
    if isAbstract { bytes[0] = 0 } else { bytes.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + bytes.count } ?? 0
    let message = Array(state.lines.utf8)
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, message, message.count, Int32(MSG_DONTWAIT), $0, socklen_t(length)) == message.count
      }
    }
  }
}
