import Identity
import Limits
import Multiformats

/// What is on the disk between two runs: lines that a person can read and mend.
///
/// ```
/// uc-bot peers 1
/// peer 12D3KooW…
/// record uCiQIARIg…                                          its newest signed record, if it has sent one
/// address /ip4/192.0.2.7/tcp/4001 identify 1790000000 1789990000    source, forgotten at, last reached at (- is never)
/// ```
///
/// A line that cannot be read costs what it says and nothing else. Of signed records the signature is looked at again.
public enum PeerstoreText {
  static let header = "uc-bot peers 1"

  /// What was made of a text.
  public struct Reading: Sendable {
    /// Everything that could be read.
    public var store = Peerstore()
    /// Lines that could not.
    public var damagedLines = 0
  }

  /// Writes everything that is worth keeping: what has not expired. Addresses of the user come from the user each time.
  public static func encode(_ store: Peerstore, now: Int64) -> String {
    var lines = [header]
    for (peer, entry) in store.entries.sorted(by: { $0.key < $1.key }) {
      let kept = entry.addresses.filter { $0.source != .user && !$0.isExpired(at: now) }
      guard !kept.isEmpty else { continue }
      lines.append("peer \(peer)")
      if let record = entry.record { lines.append("record \(Multibase.encodeBase64URL(record.envelope))") }
      for known in kept {
        let expires = known.expires.map(String.init) ?? "-"
        let reached = known.lastSuccess.map(String.init) ?? "-"
        lines.append("address \(known.address) \(known.source.rawValue) \(expires) \(reached)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads such a text; nil if it does not even begin like one.
  public static func decode(_ bytes: [UInt8], now: Int64) -> Reading? {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    guard let first = lines.first, Array(first) == Array(header.utf8) else { return nil }
    lines.removeFirst()
    var reading = Reading()
    var peer: PeerID?
    for line in lines {
      guard line.count <= Limits.Peerstore.lineBytes, let words = words(of: line), let kind = words.first else {
        reading.damagedLines += 1
        continue
      }
      let isRead: Bool
      switch kind {
      case "peer":
        peer = words.count == 2 ? try? PeerID(words[1]) : nil
        isRead = peer != nil
      case "record": isRead = take(record: words, of: peer, now: now, into: &reading.store)
      case "address": isRead = take(address: words, of: peer, now: now, into: &reading.store)
      default: isRead = false
      }
      if !isRead { reading.damagedLines += 1 }
    }
    reading.store.entries = reading.store.entries.filter { !$0.value.addresses.isEmpty }
    return reading
  }

  private static func words(of line: ArraySlice<UInt8>) -> [String]? {
    guard let text = String(validating: line, as: UTF8.self) else { return nil }
    return text.split(separator: " ").map(String.init)
  }

  private static func take(record words: [String], of peer: PeerID?, now: Int64, into store: inout Peerstore) -> Bool {
    guard words.count == 2, let peer,
      let envelope = try? Multibase.decode(utf8: words[1].utf8, limit: Limits.Peerstore.lineBytes),
      let record = try? PeerRecord.open(envelope), record.peerID == peer
    else { return false }
    return store.restore(record: envelope, sequence: record.sequence, of: peer)
  }

  private static func take(address words: [String], of peer: PeerID?, now: Int64, into store: inout Peerstore) -> Bool {
    guard words.count == 5, let peer, let address = try? Multiaddr(words[1]),
      let source = AddressSource(rawValue: words[2]), source != .user, let lifetime = source.lifetime,
      let expires = Int64(words[3]), let reached = words[4] == "-" ? .some(nil) : Int64(words[4]).map(Optional.some)
    else { return false }
    // A clock that was wrong then, or is now, makes nothing live for ever.
    let longest = now.saturatingAdd(max(lifetime, Limits.Peerstore.identifySeconds))
    return store.restore(
      KnownAddress(
        address: address, source: source, expires: min(expires, longest), lastSuccess: reached.map { min($0, now) }),
      of: peer, now: now)
  }
}
