import CLuaShim

/// Lua patterns for the host: the same matcher that scripts have, bounded by steps instead of time.
public enum LuaPattern {
  /// What came of a match.
  public enum Match: Equatable, Sendable {
    /// Offsets into the subject's bytes, and the captures.
    case found(Range<Int>, captures: [Capture] = [])
    case none
    /// The pattern took more than the steps allowed.
    case exhausted
    /// The pattern is malformed; the text says how.
    case malformed(String)
  }

  /// What one pair of parentheses caught.
  public enum Capture: Equatable, Sendable {
    /// Offsets into the subject's bytes.
    case text(Range<Int>)
    /// `()`: an offset.
    case position(Int)
  }

  /// The first match of `pattern` in `subject`.
  public static func match(_ pattern: [UInt8], in subject: UnsafeRawBufferPointer, steps: UInt64) -> Match {
    pattern.withUnsafeBytes { pattern in
      var result = uc_match_result()
      // Neither pointer may be NULL, even for nothing.
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1) { nothing in
        let patternStart = pattern.bindMemory(to: CChar.self).baseAddress ?? UnsafePointer(nothing.baseAddress)
        let subjectStart = subject.bindMemory(to: CChar.self).baseAddress ?? UnsafePointer(nothing.baseAddress)
        switch uc_match(patternStart, pattern.count, subjectStart, subject.count, steps, &result) {
        case UC_MATCH_FOUND:
          return .found(result.start..<max(result.start, result.end), captures: captures(&result))
        case UC_MATCH_EXHAUSTED: return .exhausted
        case UC_MATCH_ERROR: return .malformed(result.error.map { String(cString: $0) } ?? "malformed pattern")
        default: return .none
        }
      }
    }
  }

  private static func captures(_ result: inout uc_match_result) -> [Capture] {
    let count = Int(result.capture_count)
    guard count > 0 else { return [] }
    return withUnsafeBytes(of: &result.captures) { bytes in
      bytes.bindMemory(to: uc_match_capture.self).prefix(count).map { capture in
        // UC_MATCH_POSITION, which is SIZE_MAX, and that is what Swift sees of it.
        capture.length == -1 ? .position(capture.start) : .text(capture.start..<capture.start &+ capture.length)
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
