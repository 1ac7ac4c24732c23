import BotKit

/// Somebody in the room of a test. The id is made from the name, so that it is the same in every run.
package final class FakePeer {
  /// What the test calls it.
  package let name: String
  /// The peer as bots see it.
  package let peer: BotPeer
  /// The program that it says it is; nil: it has not introduced itself.
  package var agent: String?
  /// Whether the bots are connected to it.
  package internal(set) var isConnected = false
  /// Whether it is subscribed to the room.
  package internal(set) var isInRoom = false

  package init(name: String) {
    self.name = name
    peer = Self.peer(name: name)
  }

  /// An id that looks like one of libp2p, and ends with the name: `12D3KooW…000alice`.
  package static func peer(name: String) -> BotPeer {
    let letters = name.utf8.filter { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    let short = String(decoding: letters.prefix(8), as: UTF8.self)
    // Names that only differ in what is left out make different ids all the same.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let middle = String(hash, radix: 36)
    let padding = String(repeating: "T", count: max(0, 36 - middle.utf8.count))
    return BotPeer(
      id: "12D3KooW" + padding + middle + String(repeating: "0", count: 8 - short.utf8.count) + short)
  }
}
