/// A part of a store with keys of its own. Scopes lie in scopes, and their names are bytes.
public struct StoreScope: Hashable, Sendable {
  /// The names on the way, each behind its length: no two ways have the same bytes.
  public let bytes: [UInt8]

  /// What a scope is for. Names of the one kind never meet those of the other.
  public enum Kind: UInt8, Sendable {
    /// Made by a script, with a name that it chose.
    case named = 1
    /// What belongs to one peer.
    case session = 2
  }

  /// The outermost scope.
  public static let root = StoreScope(bytes: [])

  /// A scope from its `bytes`.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// A scope inside of this one.
  public func scope(_ name: [UInt8], kind: Kind = .named) -> StoreScope {
    let length = UInt32(clamping: name.count)
    return StoreScope(
      bytes: bytes + [kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + name)
  }
}

/// The name of an entry: bytes, in a scope.
public struct StoreKey: Hashable, Sendable {
  /// Where it lies.
  public var scope: StoreScope
  /// Its name there.
  public var name: [UInt8]

  /// A key.
  public init(_ name: [UInt8], in scope: StoreScope = .root) {
    self.scope = scope
    self.name = name
  }

  /// A key whose name is text.
  public init(_ name: String, in scope: StoreScope = .root) { self.init(Array(name.utf8), in: scope) }
}
