import UniversalConnectivity

/// How far and how fast a file comes, for people: told ten times in a second at most, however small its pieces are.
struct TransferMeter: Sendable {
  /// The least time between two reports.
  static let interval = 0.1
  /// The time over which the speed is taken.
  static let window = 3.0

  private let name: String
  private let began: Double
  private var samples: [(at: Double, received: UInt64)] = []

  /// - Parameters:
  ///   - name: What the file will be called; fit for a terminal.
  ///   - now: Seconds, by any clock.
  init(name: String, now: Double) {
    self.name = name
    began = now
  }

  /// Takes a report; returns what is to be told of it, if anything is.
  mutating func update(_ progress: FileProgress, now: Double) -> ChatTransfer? {
    guard now - (samples.last?.at ?? -.infinity) >= Self.interval else { return nil }
    samples.append((now, progress.received))
    samples.removeAll { $0.at < now - Self.window }
    let first = samples.first ?? (now, progress.received)
    // Of a single report, all of it has come since the beginning.
    let (bytes, seconds) =
      samples.count > 1
      ? (progress.received &- first.received, now - first.at) : (progress.received, now - began)
    return ChatTransfer(
      name: name, received: progress.received, total: progress.total,
      bytesPerSecond: seconds > 0 ? Double(bytes) / seconds : 0)
  }

  /// Seconds since it began.
  func elapsed(at now: Double) -> Double { now - began }
}

/// Numbers of bytes as a person reads them.
enum ByteCount {
  /// `999` is `"999 B"`, `12345` is `"12.3 kB"`, `1e9` is `"1 GB"`.
  static func text(_ bytes: UInt64) -> String {
    var value = Double(bytes)
    var unit = "B"
    for next in ["kB", "MB", "GB", "TB"] where value >= 999.5 {
      value /= 1_000
      unit = next
    }
    return "\(Milliseconds.fixed(value, decimals: value < 99.95 && unit != "B" ? 1 : 0)) \(unit)"
  }
}
