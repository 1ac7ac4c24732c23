import CLuaShim

/// Lua patterns for the host: the same matcher that scripts have, bounded by steps instead of time.
public enum LuaPattern {
  /// What came of a match.
  public enum Match: Equatable, Sendable {
    /// Offsets into the subject's bytes.
    case found(Range<Int>)
    case none
    /// The pattern took more than the steps allowed.
    case exhausted
    /// The pattern is malformed; the text says how.
    case malformed(String)
  }

  /// The first match of `pattern` in `subject`.
  public static func match(_ pattern: [UInt8], in subject: UnsafeRawBufferPointer, steps: UInt64) -> Match {
    pattern.withUnsafeBytes { pattern in
      var start = 0
      var end = 0
      var error: UnsafePointer<CChar>?
      // Neither pointer may be NULL, even for nothing.
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1) { nothing in
        let patternStart = pattern.bindMemory(to: CChar.self).baseAddress ?? UnsafePointer(nothing.baseAddress)
        let subjectStart = subject.bindMemory(to: CChar.self).baseAddress ?? UnsafePointer(nothing.baseAddress)
        switch uc_match(patternStart, pattern.count, subjectStart, subject.count, steps, &start, &end, &error) {
        case UC_MATCH_FOUND: return .found(start..<max(start, end))
        case UC_MATCH_EXHAUSTED: return .exhausted
        case UC_MATCH_ERROR: return .malformed(error.map { String(cString: $0) } ?? "malformed pattern")
        default: return .none
        }
      }
    }
  }

  /// Whether a pattern is well formed in the parts that a match reaches at once; nil when it is.
  public static func problem(in pattern: [UInt8]) -> String? {
    let subject: [UInt8] = []
    let outcome = subject.withUnsafeBytes { match(pattern, in: $0, steps: 10_000) }
    if case .malformed(let why) = outcome { return why }
    return nil
  }
}
