/// `bytes` with up to four changes, as a fuzzer makes them: a bit flipped, a byte replaced, taken out, put in, some
/// doubled, or the end cut off.
public func mutated(_ bytes: [UInt8], with generator: inout some RandomNumberGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &generator) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &generator)
    case 2 where place < bytes.count: bytes.remove(at: place)
    case 3: bytes.insert(.random(in: 0...255, using: &generator), at: place)
    case 4: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
    default: bytes.removeSubrange(place...)
    }
  }
  return bytes
}
