/// What a gossipsub service has done and left undone since it began. Numbers only grow.
public struct GossipsubCounters: Sendable, Hashable {
  /// Why something was dropped without anybody being to blame.
  public enum DropCause: String, Sendable, CaseIterable {
    /// A message of a topic that we are not subscribed to.
    case notSubscribed
    /// Too many messages wait for their signatures to be checked.
    case validationQueueFull
    /// Someone else's message, for a peer that is too slow.
    case forwardQueueFull
    /// Our own message, for a peer that is too slow.
    case publishQueueFull
    /// Control, for a peer that is too slow.
    case controlQueueFull
    /// A message that fits no frame that every peer would take.
    case tooLongToSend
    /// A message that the peer said it does not want.
    case unwanted
    /// A subscription above the peer's limit.
    case subscriptionLimit
    /// An IHAVE above the peer's limit, or ids in it.
    case offerLimit
    /// A request for a message that was sent to the peer often enough.
    case retransmissionLimit
    /// An IDONTWANT above the peer's limit.
    case unwantedLimit
    /// A GRAFT of a topic that we are not subscribed to.
    case unknownTopicGraft
    /// A GRAFT before the end of the back-off.
    case graftInBackoff
    /// A GRAFT for a mesh that is full.
    case graftOfFullMesh
  }

  /// Messages in RPCs that came in, duplicates and all.
  public var messagesReceived = 0
  /// Messages given to the application.
  public var messagesDelivered = 0
  /// Messages that were known already.
  public var duplicates = 0
  /// Own messages that came back.
  public var ownEchoes = 0
  /// Own messages published.
  public var messagesPublished = 0
  /// Messages written for peers, counted for each.
  public var messagesSent = 0
  /// Messages refused, by reason.
  public var rejected: [RejectionReason: Int] = [:]
  /// Things dropped, by cause.
  public var dropped: [DropCause: Int] = [:]
  /// Frames read.
  public var rpcsReceived = 0
  /// Bytes read, length prefixes included.
  public var bytesReceived = 0
  /// Frames written.
  public var rpcsSent = 0
  /// Bytes written, length prefixes included.
  public var bytesSent = 0
  /// Frames that are no RPC, each of which ended its stream.
  public var malformedRPCs = 0
  /// Offers that peers did not keep.
  public var brokenPromises = 0
  /// Times that a peer's stream was not read for a while, because checking signatures did not keep up.
  public var pauses = 0

  /// All zero.
  public init() {}

  /// Messages refused, for whatever reason.
  public var totalRejected: Int { rejected.values.reduce(0, +) }

  /// Adds the numbers of another part of the service.
  mutating func add(_ other: GossipsubCounters) {
    messagesReceived += other.messagesReceived
    messagesDelivered += other.messagesDelivered
    duplicates += other.duplicates
    ownEchoes += other.ownEchoes
    messagesPublished += other.messagesPublished
    messagesSent += other.messagesSent
    rejected.merge(other.rejected, uniquingKeysWith: +)
    dropped.merge(other.dropped, uniquingKeysWith: +)
    rpcsReceived += other.rpcsReceived
    bytesReceived += other.bytesReceived
    rpcsSent += other.rpcsSent
    bytesSent += other.bytesSent
    malformedRPCs += other.malformedRPCs
    brokenPromises += other.brokenPromises
    pauses += other.pauses
  }

  mutating func drop(_ cause: DropCause, _ count: Int = 1) {
    dropped[cause, default: 0] += count
  }

  mutating func reject(_ reason: RejectionReason) {
    rejected[reason, default: 0] += 1
  }
}
