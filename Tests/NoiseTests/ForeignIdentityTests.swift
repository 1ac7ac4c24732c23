import Identity
import NIOCore
import Noise
import TestSupport
import Testing

/// Peers whose identity is not Ed25519: py-libp2p's of before 0.5 are RSA (wire.md §1.12). The keys and signatures were
/// made with the openssl command, over the static key of the cacophony vector's responder.
@Suite("Identities of other key types")
struct ForeignIdentityTests {
  struct Foreign: CustomTestStringConvertible, Sendable {
    let type: KeyType
    let key: [UInt8]
    let signature: [UInt8]

    var testDescription: String { "\(type)" }
  }

  static let identities = [
    Foreign(
      type: .rsa,
      key: hex(
        """
        080012a60230820122300d06092a864886f70d01010105000382010f003082010a0282010100b0164d33c26592f9dd70
        01115f0656157717801e50ddc7c7763be8510296a856af67850f7e699ab6d0936099de2b733546114990c193f47fe678
        410dd34e3f2bead8f3980f2883d5e3d11e47cb1bcfb61284ac7fe12f76e204158d7d10801c66cf3f41c12a5dfc4c5ed7
        1351029d1897876f44b6a47fbb29cd5dbaeebc047708558a89460b609f1ddea5961d30af36ef1d6914e17cf65a914b31
        a0c9bb5e5233540cee26b43d8de3324f6813b86012a4b6725bd022c329c0a1635e2993c76b2fa5738e15613df73cc94e
        49a3af84c96f4387e1452823e77ddada79ea93de0c9f96de8faf7935d1098d8ea19359294ed4d1d657cb6f8ada942d42
        c95713e8dec30203010001
        """),
      signature: hex(
        """
        a57ae8a90532866a560c5f42c2988d85eaf33262e9845a16b124342307faa4f5fbfd0ee6e7f29b0a38660261a03fe5f8
        d5a91ac08510513c322d0a9a6f19e083b302e9ada05177d9e6eb7cb975c02ae68f1c4a7374b9d3f13aacf7a2d9ee14db
        88d7b963df89fd5967ab027219fa58c27db20ea033f15ced28be927afb19adb16665a76e765c6ee7276e1d381e077233
        36d48d951098458e1f1f6f9556bf4f4466c170b09f3b33e76ebb5803dad8915e33100f8082639caccd0d7dc64bee5441
        9937f9955945764173acd175f274f2b70ad5e84d5a0ed55d60ae3370446ece9f7a2b67584376749a34ba925fd63b7eb4
        32363954387a9905ac16e40298523cb0
        """)),
    Foreign(
      type: .secp256k1,
      key: hex(
        """
        0802122103870f93fb6743414c2a5cd789f208153443a43836cc42f1633ffaee69ca55f7c4
        """),
      signature: hex(
        """
        3045022053011c64460b1e548e1804a6aa4d1b377ae9102128e5aa408126356ccc648470022100deb12d13a75b50cb49
        c60cfb43454a2560df2fb3c2f2edbd8e3b7957ef0f5ac3
        """)),
    Foreign(
      type: .ecdsa,
      key: hex(
        """
        0803125b3059301306072a8648ce3d020106082a8648ce3d0301070342000467574ff5ea67d324880a7be57501b60f0a
        1f5cf1c61a429a260294413853a6699c8e4a0e1c823c4666139cd9a940dc3e2f5ecd349d2d3278085701a6ee01bf14
        """),
      signature: hex(
        """
        3045022100a7da141b1c52dacb63f5305655e323175f1e342b9b5cc3c9a000f72db84947b402206959d9b5edac05a082
        34aa5cdc367357eafe2ca0f015484844c84cbe786d646b
        """)),
  ]

  static func staticKey(_ identity: Foreign) throws -> NoiseStaticKey {
    NoiseStaticKey(
      keyPair: try VectorTests.pair(VectorTests.responderStatic), identityKey: identity.key,
      signature: identity.signature)
  }

  @Test("they are proven like any other, dialling and dialled", arguments: identities)
  func proven(identity: Foreign) throws {
    let ends = Ends()
    let peer = PeerID(publicKey: try PublicKey(protobuf: identity.key))
    let foreignListener = try NoiseHandshake(role: .responder, staticKey: Self.staticKey(identity))
    let dialed = try shakeHands(ends.initiator(expecting: peer), foreignListener)
    #expect(dialed.initiator?.peer == peer)
    #expect(dialed.initiator?.publicKey.type == identity.type)

    let foreignDialer = try NoiseHandshake(role: .initiator, staticKey: Self.staticKey(identity))
    let accepted = try shakeHands(foreignDialer, ends.responder(expecting: peer))
    #expect(accepted.responder?.peer == peer)
  }

  @Test("their signature over another static key proves nothing", arguments: identities)
  func otherStaticKey(identity: Foreign) throws {
    let thief = NoiseStaticKey(
      keyPair: try .generate(), identityKey: identity.key, signature: identity.signature)
    #expect(throws: NoiseError.invalidSignature) {
      try shakeHands(Ends().initiator(), NoiseHandshake(role: .responder, staticKey: thief))
    }
  }
}
