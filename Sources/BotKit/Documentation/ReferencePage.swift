/// The reference page, `docs/api.md`, made of the table. `make docs` writes it, and a test compares.
public enum ReferencePage {
  /// The whole page.
  public static var text: String {
    let sections = [howToRead] + API.sections + [luaOfScripts, limits]
    let parts = [start, contents(sections)] + sections.map(page)
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// A list of all names, for those who look for one.
  private static func contents(_ sections: [APISection]) -> String {
    sections.map { section in
      let names = section.entries.map { "[`\($0.shownName)`](#\(anchor("`\($0.signature)`")))" }
      return "- [\(section.title)](#\(anchor(section.title)))"
        + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
    }.joined(separator: "\n")
  }

  private static func page(_ section: APISection) -> String {
    let head = ["## \(section.title)"] + (section.introduction.isEmpty ? [] : [section.introduction])
    return (head + section.entries.map(page)).joined(separator: "\n\n")
  }

  private static func page(_ entry: APIEntry) -> String {
    return "### `\(entry.signature)`\n\n\(entry.text)"
  }

  /// What GitHub and others call a heading in links.
  static func anchor(_ heading: String) -> String {
    var anchor = ""
    for character in heading.lowercased() {
      if character == " " {
        anchor += "-"
      } else if character.isLetter || character.isNumber || character == "-" || character == "_" {
        anchor.append(character)
      }
    }
    return anchor
  }
}

extension APIEntry {
  /// As it is called: `message:reply`, `uc.say`.
  var shownName: String {
    String(signature.prefix { $0 != "(" && $0 != " " })
  }
}
