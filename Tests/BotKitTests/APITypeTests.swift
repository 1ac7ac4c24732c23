import Testing

@testable import BotKit

@Suite("The types of the API's table are well formed, and say the same as the signatures")
struct APITypeTests {
  private static let builtIn: Set<String> = [
    "any", "boolean", "function", "integer", "nil", "number", "string", "table", "thread", "true", "false",
    "userdata",
  ]

  private var defined: Set<String> {
    let shapes = API.sections.flatMap(\.shapes).flatMap { [$0.name] }
    let codes = API.sections.flatMap(\.codes).map(\.name)
    return Self.builtIn.union(shapes).union(codes).union(ClassID.allCases.map { "uc.\($0.name)" }).union(["uc.Event"])
  }

  @Test("types are read, and written again as they were")
  func reading() throws {
    for text in [
      "string", "uc.Peer?", "string[]", "table<string, string|number>", "(string|uc.Peer)[]?", "\"a\"|\"b\"?",
      "fun()",
      "async fun(a: string, b?: uc.X, ...: any): any, string?", "fun(f: (fun(): any), ...: any)",
      "{ a: string, b?: uc.X[] }",
      "(async fun(): any)[]", "fun(): ...any",
    ] {
      #expect(try LuaType(text).description == text)
    }
    for text in [
      "", "a b", "fun", "fun(a)", "fun(a: )", "(a", "table<a", "\"a", "a|", "async a", "a: b", "fun(a: b", "[]", "{",
      "{ a }", "{}",
    ] {
      #expect(throws: LuaTypeError.self, "\(text)") { try LuaType(text) }
    }
  }

  @Test("every type is read, and names what there is")
  func names() throws {
    for entry in API.entries {
      for type in entry.types {
        for name in try LuaType(type).names { #expect(defined.contains(name), "\(entry.name): \(name) is not defined") }
      }
    }
    for shape in API.sections.flatMap(\.shapes) {
      if let parent = shape.parent { #expect(defined.contains(parent)) }
      for field in shape.fields {
        for name in try LuaType(field.type).names {
          #expect(defined.contains(name), "\(shape.name).\(field.name): \(name) is not defined")
        }
      }
    }
    let names = API.sections.flatMap(\.shapes).map(\.name) + API.sections.flatMap(\.codes).map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test("a function's type has the signature's parameters, brackets and results; a value's is none of a function")
  func signatures() throws {
    for entry in API.entries {
      for text in entry.types {
        let type = try LuaType(text)
        switch entry.kind {
        case .constant, .field:
          if case .function = type { Issue.record("\(entry.name) is no function") }
        case .function, .asyncFunction, .method, .asyncMethod:
          guard case .function(let function) = type else {
            Issue.record("\(entry.name) is a function")
            continue
          }
          let isAsync = entry.kind == .asyncFunction || entry.kind == .asyncMethod
          #expect(function.isAsync == isAsync, "\(entry.name): async or not?")
          let signature = Signature(entry.signature)
          #expect(function.parameters.map(\.name) == signature.parameters.map(\.name), "\(entry.name)")
          #expect(function.parameters.map(\.isOptional) == signature.parameters.map(\.isOptional), "\(entry.name)")
          #expect(function.results.isEmpty == signature.results.isEmpty, "\(entry.name): results")
          if signature.results.contains("nil, code") {
            #expect(function.results.count > 1, "\(entry.name): the code is missing")
            #expect(function.results.first?.isOptional == true, "\(entry.name): the first result may be nil")
          }
        }
      }
    }
  }

  /// `uc.on(event, [options], function) -> Subscription`, taken apart.
  private struct Signature {
    var parameters: [(name: String, isOptional: Bool)] = []
    var results = ""

    init(_ text: String) {
      let inside = text.drop { $0 != "(" }.dropFirst()
      let list = inside.prefix { $0 != ")" }
      parameters = list.split(separator: ",").map { part in
        let word = part.filter { $0 != " " }
        let name = word.filter { $0 != "[" && $0 != "]" }
        // What the page calls a function cannot be called so in Lua.
        return (name == "function" ? "fn" : name, word.hasPrefix("["))
      }
      results = inside.firstRange(of: " -> ").map { String(inside[$0.upperBound...]) } ?? ""
    }
  }

  @Test("codes of the network are among those that the page tells")
  func codes() {
    let told = Set(API.sections.flatMap(\.codes).flatMap { $0.codes.map(\.code) })
    for failure in BotHTTPFailure.allCases { #expect(told.contains(failure.rawValue)) }
    for code in [BotPublishFailure.noPeers, .tooLong, .stopping, .failed] { #expect(told.contains(code.rawValue)) }
    for code in [BotPingFailure.notConnected, .timeout, .unsupported] { #expect(told.contains(code.rawValue)) }
  }
}
