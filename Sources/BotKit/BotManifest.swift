/// What a script says of itself with `uc.manifest`.
public struct BotManifest: Sendable, Hashable {
  /// What it is called; the file's name when it does not say.
  public var name: String
  /// Its version.
  public var version: String?
  /// What it does, in a sentence.
  public var description: String?
  /// What it wants to be allowed, as in `net:api.example.org`.
  public var permissions: [String] = []

  /// In one line.
  public var title: String { version.map { "\(name) \($0)" } ?? name }
}
