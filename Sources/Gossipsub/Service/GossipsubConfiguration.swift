import Limits
import NIOCore

/// How a gossipsub service behaves.
public struct GossipsubConfiguration: Sendable {
  /// The protocol's own numbers.
  public var router = RouterConfiguration()
  /// Bytes that may wait for one peer.
  public var peerQueueBytes = Limits.Gossipsub.peerQueueBytes
  /// Largest payload that `publish` takes.
  public var maximumData = Limits.Gossipsub.data
  /// How long identify is waited for before a stream to the peer is tried without it.
  public var identifyPatience = TimeAmount.seconds(1)
  /// How long after its end a stream is opened again, the first time; each further time twice as long.
  public var reopenDelay = TimeAmount.milliseconds(500)
  /// How long a stream may take nothing while frames wait for it, before it is reset.
  public var stallPatience = TimeAmount.seconds(Int64(Limits.Gossipsub.stallSeconds))
  /// How long a peer that is subscribed may go without a stream to us after the one before has ended.
  public var mutePatience = TimeAmount.seconds(Int64(Limits.Gossipsub.muteSeconds))
  /// Signatures checked in one go on a background thread.
  public var validationBatch = 16
  /// Background threads that check signatures at one time.
  public var validationThreads = 2

  /// The defaults.
  public init() {}

  /// Whether unsigned messages are dropped (StrictSign). Own messages are always signed.
  public var strictSigning: Bool {
    get { router.signaturePolicy == .strict }
    set { router.signaturePolicy = newValue ? .strict : .lax }
  }
}
