/// A part of the reference page, with the names that belong in it.
public struct APISection: Sendable {
  /// Its heading.
  public let title: String
  /// What stands below the heading, in Markdown.
  public let introduction: String
  /// Its names, in order.
  public let entries: [APIEntry]
  /// The plain tables that its functions take and give.
  public let shapes: [APIShape]
  /// What stands behind the `nil` of its functions.
  public let codes: [APICodes]

  init(
    _ title: String, _ introduction: String = "", shapes: [APIShape] = [], codes: [APICodes] = [],
    entries: [APIEntry] = []
  ) {
    self.title = title
    self.introduction = introduction
    self.shapes = shapes
    self.codes = codes
    self.entries = entries
  }
}

/// A plain table that scripts hand over or get: options, the payload of an event, a receipt. A function that reads
/// options takes their names from here, so that the page cannot tell other ones.
public struct APIShape: Sendable {
  /// One field of it.
  public struct Field: Sendable {
    /// As scripts write it.
    public let name: String
    /// A LuaCATS type; with `?` behind it the field may be missing.
    public let type: String
    /// What it means, in Markdown, on one line of the page.
    public let meaning: String

    init(_ name: String, _ type: String, _ meaning: String) {
      self.name = name
      self.type = type
      self.meaning = meaning
    }
  }

  /// Its class in editors, such as `uc.Receipt`.
  public let name: String
  /// The class whose fields it has too.
  public let parent: String?
  /// What it is for, in a few words.
  public let summary: String
  /// Its own fields.
  public let fields: [Field]

  init(_ name: String, parent: String? = nil, _ summary: String, _ fields: [Field]) {
    self.name = name
    self.parent = parent
    self.summary = summary
    self.fields = fields
  }

  /// The names of its own fields, for ``LuaCall/readOptions(_:of:names:example:_:)``.
  var names: [String] { fields.map(\.name) }

  /// It as a table of the reference page; `title` heads the column of names.
  func page(_ title: String = "option") -> String {
    (["| \(title) | type | meaning |", "|---|---|---|"]
      + fields.map { "| `\($0.name)` | \($0.pageType) | \($0.meaning) |" }).joined(separator: "\n")
  }

  /// The same without types.
  func pageWithoutTypes(_ title: String = "option") -> String {
    (["| \(title) | meaning |", "|---|---|"] + fields.map { "| `\($0.name)` | \($0.meaning) |" })
      .joined(separator: "\n")
  }
}

extension APIShape.Field {
  /// The name, with `?` where it may be missing.
  var shown: String { type.hasSuffix("?") ? name + "?" : name }

  /// The type as a cell of a table, for people.
  var pageType: String {
    let type = type.hasSuffix("?") ? String(type.dropLast()) : type
    return type.split(separator: "|").map { "`\($0)`" }.joined(separator: " or ")
  }
}

/// The codes that functions give behind `nil`.
public struct APICodes: Sendable {
  /// Their alias in editors, such as `uc.SayCode`.
  public let name: String
  /// Each code, and why it comes.
  public let codes: [(code: String, why: String)]

  init(_ name: String, _ codes: [(code: String, why: String)]) {
    self.name = name
    self.codes = codes
  }

  /// They as a table of the reference page.
  var page: String {
    (["| code | why |", "|---|---|"] + codes.map { "| `\($0.code)` | \($0.why) |" }).joined(separator: "\n")
  }
}
