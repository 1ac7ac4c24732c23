import ArgumentParser
import BotKit
import BotTesting

/// `uc-bot types`: what editors need to know the scripting API.
struct TypesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "types",
    abstract: "Write what editors need to know the scripting API: completion, types, checks as you type.",
    discussion: """
      Writes library/uc.lua and library/uc-test.lua (LuaCATS, for lua-language-server and its kin), .luarc.json (its settings) and .luacheckrc \
      (the names for luacheck) into a directory, the one that the editor is opened in. Settings that are there already \
      are kept, unless --force is given.
      """)

  @Argument(help: "The directory. Default: the present one.", completion: .directory)
  var directory = "."

  @Option(help: "Print one of them instead: stub, settings, luacheck or page (the reference of the API).")
  var print: Part?

  @Flag(help: "Replace settings that are there already.")
  var force = false

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case stub
    case settings
    case luacheck
    case page

    var text: String {
      switch self {
      case .stub: EditorStub.text
      case .settings: EditorFiles.languageServer(library: "library")
      case .luacheck: LuacheckStandard.text
      case .page: ReferencePage.text
      }
    }
  }

  func run() throws {
    if let print { return Swift.print(print.text, terminator: "") }
    for line in try EditorSetUp(directory: directory, replacesSettings: force).write() { Swift.print(line) }
  }
}

/// The files for editors in a directory.
struct EditorSetUp {
  var directory: String
  var replacesSettings = false

  /// Writes them, and tells what it did, a line for each.
  func write() throws(Failure) -> [String] {
    var lines: [String] = []
    for (name, text) in EditorFiles.all + [("library/uc-test.lua", EditorStub.tests(.tests))] {
      let file = TextFile(path: directory == "." ? name : "\(directory)/\(name)", text: text)
      // What was made before is made anew; settings may be the user's own.
      if file.exists, name.hasPrefix("."), !replacesSettings {
        lines.append("kept \(file.path), which is there already")
      } else {
        try file.write()
        lines.append("wrote \(file.path)")
      }
    }
    return lines
  }
}
