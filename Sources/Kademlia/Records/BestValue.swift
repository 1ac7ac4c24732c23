import Identity

/// Of the values that peers have returned for one key, the best, and who has it.
struct BestValue: Sendable {
  private let key: [UInt8]
  private let validators: RecordValidators
  private let quorum: Int
  private(set) var value: [UInt8]?
  /// Who returned the best.
  private(set) var holders: Set<PeerID> = []
  /// Valid answers.
  private(set) var count = 0

  init(key: [UInt8], validators: RecordValidators, quorum: Int) {
    self.key = key
    self.validators = validators
    self.quorum = quorum
  }

  /// Whether there are as many valid answers as were wanted.
  var isEnough: Bool { count >= quorum }

  /// A peer has returned a record. One that is not valid, or not for this key, counts for nothing.
  mutating func add(_ record: KadRecord, from peer: PeerID) {
    guard record.key == key || record.key.isEmpty, let validator = try? validators.validator(of: key),
      (try? validator.validate(key: key, value: record.value)) != nil
    else { return }
    count += 1
    if value == record.value {
      holders.insert(peer)
    } else if value.map({ validator.isBetter(record.value, than: $0, key: key) }) ?? true {
      value = record.value
      holders = [peer]
    }
  }
}
