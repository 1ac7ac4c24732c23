/// The names that a kind of script finds besides Lua's own: bots have other ones than their tests.
public struct ScriptWorld: Sendable {
  let sections: [APISection]
  let classes: [String]
  let knowledge: APIKnowledge

  /// What bots find.
  public static let bot = ScriptWorld(sections: API.sections, classes: ClassID.allCases.map(\.name))

  init(sections: [APISection], classes: [String]) {
    self.sections = sections
    self.classes = classes
    knowledge = APIKnowledge(sections: sections, classes: classes)
  }

  /// A world of these names and no others.
  public init(_ title: String, entries: [APIEntry], classes: [String]) {
    self.init(sections: [APISection(title, entries: entries)], classes: classes)
  }
}
