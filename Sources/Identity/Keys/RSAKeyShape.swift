import Limits

/// What is looked at in an RSA public key before anybody calculates with it.
enum RSAKeyShape {
  /// `rsaEncryption` with its NULL (RFC 8017 appendix A.1), as it stands inside an AlgorithmIdentifier.
  private static let algorithm: [UInt8] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
  ]

  /// Checks a SubjectPublicKeyInfo: its form, the size of the modulus, and that the exponent is small and odd.
  static func check(_ data: [UInt8]) throws(KeyError) {
    var outer = DERReader(data[...])
    guard let info = outer.element(DERReader.Tag.sequence), outer.isAtEnd else {
      throw .malformed(.rsa, "not one whole DER sequence")
    }
    var fields = DERReader(info)
    guard fields.element(DERReader.Tag.sequence)?.elementsEqual(algorithm) == true else {
      throw .malformed(.rsa, "its DER does not say rsaEncryption")
    }
    guard let bits = fields.element(DERReader.Tag.bitString), bits.first == 0, fields.isAtEnd else {
      throw .malformed(.rsa, "no bit string with the key in its DER")
    }
    var inner = DERReader(bits.dropFirst())
    guard let key = inner.element(DERReader.Tag.sequence), inner.isAtEnd else {
      throw .malformed(.rsa, "no sequence in the bit string of its DER")
    }
    var numbers = DERReader(key)
    guard let modulus = numbers.positiveInteger(), let exponent = numbers.positiveInteger(), numbers.isAtEnd else {
      throw .malformed(.rsa, "no modulus and exponent in its DER")
    }
    let size = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
    guard Limits.Keys.rsaBits.contains(size) else { throw .rsaSize(bits: size) }
    // As Go: an exponent of at most 31 bits. A large one makes each verification as slow as the owner likes.
    let number = exponent.count <= 4 ? exponent.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } : .max
    guard number >= 3, number < 1 << 31, number & 1 == 1 else {
      throw .malformed(.rsa, "exponent is not an odd number from 3 to 2^31-1")
    }
  }
}
