import Limits

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How far a place's clocks are from UTC, at any time: a file of the system's time zone database (RFC 8536, "TZif").
struct TimeZoneRules {
  /// When the offset changes, in seconds since 1970, and what it is from then on.
  private var changes: [(at: Int, offset: Int)] = []
  /// Before the first change.
  private var first = 0
  /// Behind the last one.
  private var rule: PosixZone?

  static let utc = TimeZoneRules()

  private init() {}

  /// nil: not a file of version 2 or later, or damaged.
  init?(_ bytes: [UInt8]) {
    guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2"),
      let header = Header(bytes, at: 44 + old.size(timeBytes: 4))
    else { return nil }
    var position = header.body
    let types = position + header.times * 9
    let end = header.body + header.size(timeBytes: 8)
    guard header.types > 0, end < bytes.count, bytes[end] == UInt8(ascii: "\n") else { return nil }
    func offset(_ type: Int) -> Int? {
      guard type < header.types else { return nil }
      return Int(Int32(truncatingIfNeeded: Self.integer(bytes, types + type * 6, 4)))
    }
    first = offset(0) ?? 0
    for number in 0..<header.times {
      let at = Int(truncatingIfNeeded: Self.integer(bytes, position, 8))
      guard let offset = offset(Int(bytes[header.body + header.times * 8 + number])), abs(offset) < 200_000 else {
        return nil
      }
      if let last = changes.last, last.at >= at { return nil }
      changes.append((at, offset))
      position += 8
    }
    let footer = bytes[(end + 1)...].prefix { $0 != UInt8(ascii: "\n") }
    if !footer.isEmpty {
      rule = PosixZone(String(decoding: footer, as: UTF8.self))
      guard rule != nil else { return nil }
    }
  }

  private struct Header {
    var version: UInt8
    var body: Int
    var times: Int
    var types: Int
    private var others: (leaps: Int, flags: Int, letters: Int)

    init?(_ bytes: [UInt8], at start: Int) {
      guard start >= 0, start + 44 <= bytes.count, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
        return nil
      }
      let counts = (0..<6).map { Int(truncatingIfNeeded: TimeZoneRules.integer(bytes, start + 20 + $0 * 4, 4)) }
      guard counts.allSatisfy({ $0 <= Limits.Lua.zoneFile }) else { return nil }
      version = bytes[start + 4]
      body = start + 44
      (times, types) = (counts[3], counts[4])
      others = (counts[2], counts[0] + counts[1], counts[5])
    }

    func size(timeBytes: Int) -> Int {
      times * (timeBytes + 1) + types * 6 + others.letters + others.leaps * (timeBytes + 4) + others.flags
    }
  }

  private static func integer(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
    bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Seconds east of Greenwich.
  func offset(at unix: Int) -> Int {
    guard let last = changes.last, unix < last.at else {
      return rule?.offset(at: unix) ?? changes.last?.offset ?? first
    }
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].at <= unix { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : changes[low - 1].offset
  }

  /// When the clocks show a time, given in seconds as if it were UTC: for the first time if they do twice, and when
  /// they are put forward if they skip it.
  func instant(ofLocal local: Int) -> Int {
    let before = offset(at: local - 86_400)
    let after = offset(at: local + 86_400)
    let candidates = [local - before, local - after].filter { offset(at: $0) == local - $0 }
    if let first = candidates.min() { return first }
    var low = min(local - before, local - after)
    var high = max(local - before, local - after)
    while low < high {
      let middle = low + (high - low) / 2
      if offset(at: middle) == after { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The zone of this name (`Europe/Berlin`); `local` is the machine's own. nil: there is none.
  static func load(_ name: String, directory: String) -> TimeZoneRules? {
    if name == "UTC" { return .utc }
    if name == "local" { return read("/etc/localtime").flatMap(TimeZoneRules.init) ?? .utc }
    let isPlain = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [43, 45, 47, 95].contains(byte)
    }
    guard isPlain, !name.isEmpty, !name.hasPrefix("/"), name.utf8.count <= 64 else { return nil }
    return read(directory + "/" + name).flatMap(TimeZoneRules.init)
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Limits.Lua.zoneFile)
    let count = fread(&bytes, 1, bytes.count, file)
    return count < bytes.count ? Array(bytes.prefix(count)) : nil
  }
}
