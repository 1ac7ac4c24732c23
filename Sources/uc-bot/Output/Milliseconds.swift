/// Times in milliseconds as a person reads them: three significant digits, no exponent.
enum Milliseconds {
  /// `0.000121` seconds are `"0.121"`, `0.0123` are `"12.3"`, `1.5` are `"1500"`.
  static func text(seconds: Double) -> String {
    guard seconds.isFinite, seconds > 0 else { return "0" }
    let milliseconds = seconds * 1_000
    let decimals = milliseconds < 1 ? 3 : milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0
    return Self.fixed(milliseconds, decimals: decimals)
  }

  /// A number with at most `decimals` digits behind the point, trailing zeros left out.
  static func fixed(_ value: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<max(0, decimals) { scale *= 10 }
    // Above this a Double has no digits behind the point to speak of, and Int64 could overflow.
    guard value.isFinite, abs(value) < 1e12 else { return String(value) }
    let scaled = Int64((value * scale).rounded())
    let (whole, fraction) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    var text = (scaled < 0 ? "-" : "") + String(whole)
    guard fraction > 0 else { return text }
    var digits = String(fraction)
    digits = String(repeating: "0", count: max(0, decimals - digits.utf8.count)) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    text += "." + digits
    return text
  }
}
