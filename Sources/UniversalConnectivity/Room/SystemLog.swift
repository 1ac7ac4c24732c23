import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The seed's `system_messages.txt`: each line appended as `[HH:MM:SS] <text>`, in local time.
struct SystemLog: Sendable {
  private let file: DiskFile

  /// - Throws: ``FileTransferError`` when the file cannot be opened or made.
  init(path: String) throws(FileTransferError) {
    file = try DiskFile.openToAppend(path)
  }

  /// Appends a line. A disk that is full loses it: nothing depends on it.
  func append(_ line: String) {
    try? file.append([ByteBuffer(string: "[\(Self.clock(time(nil)))] \(line)\n")])
  }

  /// The time of the day.
  static func clock(_ seconds: time_t) -> String {
    var (seconds, parts) = (seconds, tm())
    localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }
}
