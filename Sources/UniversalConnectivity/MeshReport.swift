import NIOCore

/// Decides when to tell how many peers are in the mesh: at once when the number was quiet, and once a second while peers
/// come and go, so that none of them makes the node tell more.
public struct MeshReport: Sendable, Hashable {
  /// The least time between two reports.
  public static let interval = TimeAmount.seconds(1)

  private var told = 0
  private var nextAt: NIODeadline?
  private var current = 0

  /// Nobody is in the mesh.
  public init() {}

  /// Takes the present number; returns it when it is to be told now.
  public mutating func update(_ count: Int, now: NIODeadline) -> Int? {
    current = count
    guard current != told, nextAt.map({ now >= $0 }) ?? true else { return nil }
    told = current
    nextAt = now + Self.interval
    return current
  }

  /// When `update` should be called again even if nothing happens; nil: nothing waits to be told.
  public var deadline: NIODeadline? { current != told ? nextAt : nil }
}
