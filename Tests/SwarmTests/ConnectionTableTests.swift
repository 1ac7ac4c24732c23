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
        let one = table.add(first, direction: directions[0], peer: remote, localPeer: local, perPeer: 4)
        #expect(one.change == .first && one.surplus.isEmpty)
        let two = table.add(second, direction: directions[1], peer: remote, localPeer: local, perPeer: 4)
        let winner = directions[0] == kept ? first : second
        let loser = directions[0] == kept ? second : first
        #expect(two.change == .additional)
        #expect(two.surplus.count == 1 && two.surplus.first === loser)
        #expect(table.primary(remote) === winner)
      }
    }
  }

  @Test("A newer connection of the same direction becomes the primary, the oldest above the limit is surplus")
  func sameDirection() {
    let (local, remote) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var table = ConnectionTable<Connection>()
    let connections = (0..<3).map { _ in Connection() }
    var surplus: [Connection] = []
    for connection in connections {
      surplus += table.add(connection, direction: .inbound, peer: remote, localPeer: local, perPeer: 2).surplus
      #expect(table.primary(remote) === connection)
    }
    #expect(surplus.count == 1 && surplus.first === connections[0])
  }

  @Test("The table is empty when the last connection is taken out, and a second removal does nothing")
  func removal() {
    let (local, remote) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var table = ConnectionTable<Connection>()
    let (a, b) = (Connection(), Connection())
    _ = table.add(a, direction: .inbound, peer: remote, localPeer: local, perPeer: 4)
    _ = table.add(b, direction: .inbound, peer: remote, localPeer: local, perPeer: 4)
    #expect(table.remove(a, peer: remote) == (true, false))
    #expect(table.remove(a, peer: remote) == (false, false))
    #expect(table.remove(b, peer: remote) == (true, true))
    #expect(table.count == 0 && table.peers.isEmpty)
  }
}
