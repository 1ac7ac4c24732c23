import Identity
import NIOCore
import Testing

@testable import UniversalConnectivity

@Suite("How many connections are kept")
struct ConnectionManagerTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test("goes down to the low water when it is above the high one, and not before")
  func waters() throws {
    var manager = try filled(10)
    #expect(manager.excess(at: start + .hours(1)) { _ in false }.isEmpty)
    manager.connected(try peer(11), isOutbound: false, at: start)
    let gone = manager.excess(at: start + .hours(1)) { _ in false }
    #expect(gone.count == 6)
    for peer in gone { manager.disconnected(peer) }
    #expect(manager.count == 5 && manager.pruned == 6)
    #expect(manager.excess(at: start + .hours(2)) { _ in false }.isEmpty)
  }

  @Test("closes strangers that came to us lately first, those of the room last, and the protected never")
  func order() throws {
    var manager = try filled(8)
    manager.setInRoom(try peer(1), true)
    manager.connected(try peer(20), isOutbound: true, at: start + .seconds(30))
    manager.connected(try peer(21), isOutbound: false, at: start + .seconds(40))
    manager.connected(try peer(22), isOutbound: false, at: start + .seconds(50))
    let protected = try peer(8)
    let gone = manager.excess(at: start + .hours(1)) { $0 == protected }
    #expect(gone == [try peer(22), try peer(21), try peer(7), try peer(6), try peer(5), try peer(4)])
    for kept in [protected, try peer(1), try peer(20)] { #expect(!gone.contains(kept)) }
  }

  @Test("leaves newcomers alone for a while, even if there are too many")
  func grace() throws {
    var manager = try filled(0)
    for number: UInt8 in 1...30 { manager.connected(try peer(number), isOutbound: false, at: start) }
    #expect(manager.excess(at: start + .seconds(19)) { _ in false }.isEmpty)
    #expect(manager.excess(at: start + .seconds(20)) { _ in false }.count == 25)
  }

  @Test("says how many more there should be")
  func shortage() throws {
    var manager = try filled(1)
    #expect(manager.shortage == 3)
    for number: UInt8 in 2...9 { manager.connected(try peer(number), isOutbound: true, at: start) }
    #expect(manager.shortage == 0)
    manager.disconnected(try peer(1))
    manager.disconnected(try peer(1))
    #expect(manager.count == 8)
  }

  private func filled(_ count: UInt8) throws -> ConnectionManager {
    var configuration = ConnectionManager.Configuration()
    (configuration.fewest, configuration.low, configuration.high) = (4, 5, 10)
    var manager = ConnectionManager(configuration: configuration)
    if count > 0 {
      for number in 1...count {
        manager.connected(try peer(number), isOutbound: false, at: start + .milliseconds(Int64(number)))
      }
    }
    return manager
  }
}
