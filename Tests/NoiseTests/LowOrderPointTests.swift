import Noise
import TestSupport
import Testing

/// Points for which every private key gives the same secret, zero (case 13; the list is that of cr.yp.to/ecdh.html and
/// of wycheproof's x25519 vectors).
@Suite("Points of low order")
struct LowOrderPointTests {
  static let points: [[UInt8]] = [
    hex("0000000000000000000000000000000000000000000000000000000000000000"),
    hex("0100000000000000000000000000000000000000000000000000000000000000"),
    hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  ]

  @Test("as the initiator's ephemeral key: the listener aborts", arguments: points)
  func initiatorEphemeral(point: [UInt8]) throws {
    var listener = try Ends().responder()
    var first = framed(point)
    #expect(throws: NoiseError.lowOrderPoint) { try listener.receive(&first) }
  }

  @Test("as the responder's ephemeral key: the dialer aborts", arguments: points)
  func responderEphemeral(point: [UInt8]) throws {
    var dialer = try Ends().initiator()
    _ = try dialer.start()
    var second = framed(point + [UInt8](repeating: 0, count: 64))
    #expect(throws: NoiseError.lowOrderPoint) { try dialer.receive(&second) }
  }

  @Test("as the initiator's static key: the listener aborts", arguments: points)
  func initiatorStatic(point: [UInt8]) throws {
    let secret = try #require(SecretKey([UInt8](repeating: 8, count: 32)))
    var stranger = try Stranger(.initiator, keyPair: X25519KeyPair(claiming: point, privateKey: secret))
    var listener = try Ends().responder()
    #expect(throws: NoiseError.lowOrderPoint) { try stranger.dial(&listener, with: []) }
  }

  @Test("as the responder's static key: the dialer aborts", arguments: points)
  func responderStatic(point: [UInt8]) throws {
    let secret = try #require(SecretKey([UInt8](repeating: 8, count: 32)))
    var stranger = try Stranger(.responder, keyPair: X25519KeyPair(claiming: point, privateKey: secret))
    var dialer = try Ends().initiator()
    #expect(throws: NoiseError.lowOrderPoint) { try stranger.answer(&dialer, with: []) }
  }
}
