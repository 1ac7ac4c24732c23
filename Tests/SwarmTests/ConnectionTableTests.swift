import Identity
import Testing

@testable import Swarm

@Suite("Which of several connections to one peer is kept")
struct ConnectionTableTests {
  private final class Connection {}

  @Test("Of two that cross, both sides keep the one that the smaller id dialled, in either order of arrival")
  func crossing() throws {
    let (x, y) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    let (small, large) = x < y ? (x, y) : (y, x)
    for outboundFirst in [true, false] {
      for (local, remote, kept) in [
        (small, large, ConnectionDirection.outbound), (large, small, ConnectionDirection.inbound),
      ] {
        var table = ConnectionTable<Connection>()
        let first = Connection()
        let second = Connection()
        let directions: [ConnectionDirection] = outboundFirst ? [.outbound, .inbound] : [.inbound, .outbound]
        let one = table.add(
          first, direction: directions[0], peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in true })
        #expect(one.isFirst && one.loser == nil)
        let two = table.add(
          second, direction: directions[1], peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in true })
        let winner = directions[0] == kept ? first : second
        let loser = directions[0] == kept ? second : first
        #expect(!two.isFirst)
        #expect(two.loser === loser && two.excess.isEmpty)
        #expect(table.primary(remote) === winner)
      }
    }
  }

  @Test("A newer connection of the same direction becomes the primary, the oldest above the limit is surplus")
  func sameDirection() {
    let (local, remote) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var table = ConnectionTable<Connection>()
    let connections = (0..<3).map { _ in Connection() }
    var excess: [Connection] = []
    for connection in connections {
      let added = table.add(
        connection, direction: .inbound, peer: remote, localPeer: local, perPeer: 2, isCrossing: { _ in true })
      #expect(added.loser == nil)
      excess += added.excess
      #expect(table.primary(remote) === connection)
    }
    #expect(excess.count == 1 && excess.first === connections[0])
  }

  @Test("A peer that dials again is let in whoever is smaller: the connection that we have may be dead to it")
  func dialsAgain() {
    let (x, y) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    for (local, remote) in [(x, y), (y, x)] {
      var table = ConnectionTable<Connection>()
      let (old, new) = (Connection(), Connection())
      _ = table.add(
        old, direction: .outbound, peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in false })
      let added = table.add(
        new, direction: .inbound, peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in false })
      #expect(added.loser == nil)
      #expect(table.primary(remote) === new)
    }
  }

  @Test("The table is empty when the last connection is taken out, and a second removal does nothing")
  func removal() {
    let (local, remote) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var table = ConnectionTable<Connection>()
    let (a, b) = (Connection(), Connection())
    _ = table.add(a, direction: .inbound, peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in true })
    _ = table.add(b, direction: .inbound, peer: remote, localPeer: local, perPeer: 4, isCrossing: { _ in true })
    #expect(table.remove(a, peer: remote) == (true, false))
    #expect(table.remove(a, peer: remote) == (false, false))
    #expect(table.remove(b, peer: remote) == (true, true))
    #expect(table.count == 0 && table.peers.isEmpty)
  }
}
