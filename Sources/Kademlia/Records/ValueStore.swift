import Limits
import NIOCore

/// What others have stored here. When it is full, what is farthest from this peer has to go.
///
/// A value; the time is passed in.
public struct ValueStore: Sendable {
  private struct Entry: Sendable {
    let value: [UInt8]
    let distance: KadKey.Distance
    let expires: NIODeadline
  }

  private let localKey: KadKey
  private let validators: RecordValidators
  private var entries: [[UInt8]: Entry] = [:]

  /// An empty store.
  public init(localKey: KadKey, validators: RecordValidators) {
    self.localKey = localKey
    self.validators = validators
  }

  /// How many values there are, those that have expired included.
  public var count: Int { entries.count }

  /// Takes a record that is valid, and no worse than the one that is there.
  public mutating func put(_ record: KadRecord, now: NIODeadline) throws(KadFault) {
    try record.checkSize()
    let validator = try validators.validate(record)
    if let present = value(of: record.key, now: now), present != record.value,
      !validator.isBetter(record.value, than: present, key: record.key)
    {
      throw .olderRecord
    }
    let distance = KadKey(of: record.key).distance(to: localKey)
    if entries[record.key] == nil, entries.count >= Limits.Kademlia.records {
      expire(now: now)
      if entries.count >= Limits.Kademlia.records,
        let farthest = entries.max(by: { $0.value.distance < $1.value.distance })
      {
        guard distance < farthest.value.distance else { throw .full }
        entries[farthest.key] = nil
      }
    }
    entries[record.key] = Entry(
      value: record.value, distance: distance, expires: now + .seconds(Int64(Limits.Kademlia.recordSeconds)))
  }

  /// The value of a key, as long as it has not expired.
  public func value(of key: [UInt8], now: NIODeadline) -> [UInt8]? {
    guard let entry = entries[key], entry.expires > now else { return nil }
    return entry.value
  }

  /// Forgets what has expired.
  public mutating func expire(now: NIODeadline) { entries = entries.filter { $0.value.expires > now } }
}
