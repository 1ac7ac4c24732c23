import Testing

@testable import BotKit

@Suite("What editors and luacheck are told is made of the table of the API")
struct EditorFileTests {
  @Test("the files of the repository are what the table makes of them")
  func files() throws {
    try Repository.expect(EditorStub.text, in: "editor/library/uc.lua")
    try Repository.expect(LuacheckStandard.text, in: ".luacheckrc")
    try Repository.expect(EditorFiles.languageServer(library: "editor/library"), in: ".luarc.json")
  }

  @Test("the stub is Lua that declares every name of the table")
  func stubLoads() throws {
    // It is not to be run, but can be: everything in it is a table or a function.
    let source = EditorStub.text.replacing("\nuc = {}\n", with: "\nlocal uc = {}\n")
    let names = API.entries.filter { $0.owner == nil && $0.kind != .constant && $0.name.hasPrefix("uc.") }.map(\.name)
    let bench = try BotBench(
      """
      local uc = assert(load([==[\(source)]==], "=stub"))()
      \(names.map { "print(type(\($0)))" }.joined(separator: "\n"))
      """)
    #expect(bench.logged == names.map { _ in "function" })
    for entry in API.entries where entry.kind == .constant || entry.kind == .field {
      #expect(source.contains("---@field \(entry.lastName)"), "\(entry.name)")
    }
  }

  @Test("every annotation of the stub is one that is known, with a type that can be read")
  func annotations() throws {
    for line in EditorStub.text.split(separator: "\n") {
      guard line.hasPrefix("---@") || line.hasPrefix("---|") else { continue }
      let words = line.dropFirst(line.hasPrefix("---@") ? 4 : 3)
      let tag = words.prefix { $0 != " " }
      let rest = words.dropFirst(tag.count).drop { $0 == " " }
      switch tag {
      case "meta", "async", "class", "alias": break
      case "|": #expect(rest.wholeMatch(of: /"[a-z_]+" # .+/) != nil, "\(line)")
      case "overload", "return": _ = try LuaType(String(rest))
      case "param":
        let match = try #require(rest.wholeMatch(of: /(\.\.\.|[a-z_]+)\?? (.+)/), "\(line)")
        _ = try LuaType(String(match.output.2))
      case "field":
        let match = try #require(rest.wholeMatch(of: /([A-Za-z_]+)\?? (.+)/), "\(line)")
        // The type ends where the words begin; none of our types has a space outside of brackets.
        var depth = 0
        let type = match.output.2.prefix { character in
          if "<(".contains(character) { depth += 1 }
          if ">)".contains(character) { depth -= 1 }
          return character != " " || depth > 0
        }
        _ = try LuaType(String(type))
      default: Issue.record("what is \(line)")
      }
    }
  }

  @Test("the names that scripts find are those of a fresh state")
  func globals() throws {
    let bench = try BotBench(
      """
      for name, value in pairs(_G) do
        if type(value) == "table" and value ~= _G and value ~= uc then
          for member in pairs(value) do print(name .. "." .. member) end
        elseif value ~= uc then
          print(name)
        end
      end
      """)
    let known =
      ScriptGlobals.names
      + ScriptGlobals.libraries.flatMap { library in
        library.members.map { "\(library.name).\($0)" }
      }
    #expect(Set(bench.logged) == Set(known))
    #expect(Set(known).count == known.count)
  }
}
