/// Base36, digits then lower-case letters: the form of peer ids that fits a DNS label (`k51q…`).
enum Base36 {
  /// Reads base36, letters in either case; `nil` if a byte is no digit. The work is quadratic: bound the length first.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    // Big number, least significant byte first.
    var number: [UInt8] = []
    var zeros = 0
    for character in text {
      let value: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A") + 10
      default: return nil
      }
      if number.isEmpty, value == 0 {
        zeros += 1
        continue
      }
      var carry = UInt32(value)
      for i in number.indices {
        carry += UInt32(number[i]) * 36
        number[i] = UInt8(truncatingIfNeeded: carry)
        carry >>= 8
      }
      while carry > 0 {
        number.append(UInt8(truncatingIfNeeded: carry))
        carry >>= 8
      }
    }
    number.append(contentsOf: repeatElement(0, count: zeros))
    number.reverse()
    return number
  }
}
