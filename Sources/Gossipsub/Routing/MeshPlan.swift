import Identity

/// What a heartbeat does to one mesh: whom it takes in, whom it dismisses.
///
/// A function of the neighbours and the candidates alone, so that a score can later order them.
struct MeshPlan: Hashable, Sendable {
  var grafts: [PeerID] = []
  var prunes: [PeerID] = []

  /// - Parameters:
  ///   - neighbours: the present mesh.
  ///   - candidates: subscribed peers outside it that may be taken in now.
  ///   - isOutbound: whether we dialled the peer.
  init(
    _ parameters: MeshParameters, neighbours: [PeerID], candidates: [PeerID], isOutbound: (PeerID) -> Bool,
    random: inout some RandomNumberGenerator
  ) {
    // Sorted first: sets have another order in each process, and a simulation must be repeatable from its seed.
    var kept = neighbours.sorted()
    var free = candidates.sorted()
    free.shuffle(using: &random)

    if kept.count < parameters.low {
      grafts = Array(free.prefix(parameters.degree - kept.count))
      free.removeFirst(grafts.count)
    } else if kept.count > parameters.high {
      kept.shuffle(using: &random)
      // Enough outbound peers go to the front, where they are kept.
      var isIn = kept.prefix(parameters.degree).count(where: isOutbound)
      var position = parameters.degree
      while isIn < parameters.outbound, position < kept.count {
        if isOutbound(kept[position]), let victim = kept.prefix(parameters.degree).lastIndex(where: { !isOutbound($0) })
        {
          kept.swapAt(position, victim)
          isIn += 1
        }
        position += 1
      }
      prunes = Array(kept.dropFirst(parameters.degree))
      kept.removeLast(prunes.count)
    }

    let all = kept + grafts
    let missing = parameters.outbound - all.count(where: isOutbound)
    if all.count >= parameters.low, missing > 0 {
      grafts += free.lazy.filter(isOutbound).prefix(missing)
    }
  }
}
