/// What values of one namespace are worth (libp2p/specs kad-dht, "Entry validation"). Both functions are pure.
public protocol RecordValidator: Sendable {
  /// Whether a value may stand under a key.
  /// - Throws: `KadFault.badRecord` with what is wrong.
  func validate(key: [UInt8], value: [UInt8]) throws(KadFault)

  /// Whether a valid value is better than another valid one: an order in which everybody agrees.
  func isBetter(_ value: [UInt8], than other: [UInt8], key: [UInt8]) -> Bool
}

/// The namespaces that are known, by the first part of a key: `/pk/…`.
public struct RecordValidators: Sendable {
  private var byNamespace: [String: any RecordValidator] = [:]

  /// Those that are always known: public keys, and values signed by whom their key names.
  public init() {
    register(PublicKeyValidator.namespace, PublicKeyValidator())
    register(SignedRecord.namespace, SignedRecord.Validator())
  }

  /// Takes values of one more namespace.
  /// - Parameter namespace: without slashes.
  public mutating func register(_ namespace: String, _ validator: any RecordValidator) {
    byNamespace[namespace] = validator
  }

  /// The one that is to judge a key.
  /// - Throws: `KadFault.unknownNamespace`, also for keys that have none.
  public func validator(of key: [UInt8]) throws(KadFault) -> any RecordValidator {
    guard key.first == UInt8(ascii: "/"), let end = key.dropFirst().firstIndex(of: UInt8(ascii: "/")),
      let validator = byNamespace[String(decoding: key[1..<end], as: UTF8.self)]
    else { throw .unknownNamespace }
    return validator
  }

  /// Whether a record is what it says it is.
  /// - Returns: Who can compare it with others.
  @discardableResult
  public func validate(_ record: KadRecord) throws(KadFault) -> any RecordValidator {
    let validator = try validator(of: record.key)
    try validator.validate(key: record.key, value: record.value)
    return validator
  }
}
