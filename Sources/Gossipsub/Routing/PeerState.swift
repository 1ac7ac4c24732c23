import Identity
import Limits
import NIOCore

/// What the router knows of one connected peer.
struct PeerState: Sendable {
  /// Whether we dialled it.
  let isOutbound: Bool
  /// The version of our stream to it; nil while there is no such stream, and nothing can be sent.
  var version: GossipsubVersion?
  /// Whether it means the same by an id as we do.
  var dialect = MessageIDDialect.unknown
  /// What it is subscribed to.
  var topics: Set<String> = []
  /// Of these, what it has not said itself since it is back, and until when it is believed.
  var assumed: (topics: Set<String>, until: NIODeadline)?
  /// What it does not want to be sent.
  var unwanted = UnwantedMessages(capacity: Limits.Gossipsub.idontwantIDs)
  /// What it may still ask of us before the next heartbeat.
  var budget = PeerBudget()
  /// Topics whose GRAFT could not be answered for want of a stream; bounded by our own subscriptions.
  var owedPrunes: Set<String> = []
  /// Breaches of the rules, for a score to weigh: hasty GRAFTs, broken promises, invalid messages.
  var misbehaviour = 0

  init(isOutbound: Bool) {
    self.isOutbound = isOutbound
  }

  mutating func heartbeat() {
    unwanted.heartbeat()
    budget = PeerBudget()
  }
}

/// What is done for one peer at most between two heartbeats.
struct PeerBudget: Sendable, Hashable {
  /// IHAVE messages that are looked at.
  var offers = Limits.Gossipsub.ihaveMessages
  /// Ids that are asked for.
  var requests = Limits.Gossipsub.ihaveIDs
  /// PRUNEs with which unwelcome GRAFTs are answered.
  var pruneReplies = Limits.Gossipsub.pruneReplies
}
