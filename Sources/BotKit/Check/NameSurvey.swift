/// The globals of a script.
struct GlobalNames {
  /// Those that are set outside of functions.
  var top: Set<String> = []
  /// All.
  var all: Set<String> = []

  mutating func formUnion(_ other: GlobalNames) {
    top.formUnion(other.top)
    all.formUnion(other.all)
  }
}

/// A first walk over a file: what it sets and what it asks for, before anything is said about it.
struct NameSurvey {
  /// The globals that it sets.
  private(set) var globals = GlobalNames()
  /// Names of locals that are set again after their declaration: what they are is not plain to see.
  private(set) var changedLocals: Set<String> = []
  /// Names of fields that are set.
  private(set) var changedMembers: Set<String> = []
  /// The modules whose names are written down, with the lines.
  private(set) var modules: [(name: String, line: Int)] = []

  private var scopes: [Set<String>] = [[]]
  private var functions = 0

  init(_ program: [LuaStatement]) { walk(program) }

  private func isLocal(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

  private mutating func declare(_ names: [String]) { scopes[scopes.count - 1].formUnion(names) }

  private mutating func inScope(_ names: [String], _ body: (inout NameSurvey) -> Void) {
    scopes.append(Set(names))
    body(&self)
    scopes.removeLast()
  }

  private mutating func walk(_ statements: [LuaStatement]) {
    for statement in statements {
      switch statement {
      case .local(let names, let values):
        walk(values)
        declare(names)
      case .localFunction(let name, let function):
        declare([name])
        walk(function)
      case .assign(let targets, let values):
        walk(values)
        for target in targets { assign(target) }
      case .evaluate(let values): walk(values)
      case .block(let names, let body): inScope(names) { $0.walk(body) }
      case .repeated(let body, let until):
        inScope([]) { survey in
          survey.walk(body)
          survey.walk([until])
        }
      }
    }
  }

  private mutating func assign(_ target: LuaExpression) {
    switch target {
    case .name(let name, _) where isLocal(name): changedLocals.insert(name)
    case .name(let name, _):
      guard !isLocal("_ENV") else { return }
      globals.all.insert(name)
      if functions == 0 { globals.top.insert(name) }
    case .member(let object, let key, _):
      // `_G.name = value` sets a global too.
      if case .string(let name, _) = key {
        changedMembers.insert(name)
        if case .name("_G", _) = object { globals.all.insert(name) }
      }
      walk([object, key])
    default: walk([target])
    }
  }

  private mutating func walk(_ function: WrittenFunction) {
    functions += 1
    inScope(function.parameters) { $0.walk(function.body) }
    functions -= 1
  }

  private mutating func walk(_ expressions: [LuaExpression]) {
    for expression in expressions {
      switch expression {
      case .constant, .rest, .string, .name: break
      case .member(let object, let key, _): walk([object, key])
      case .call(let callee, let method, let arguments, let line):
        noteCall(callee, method, arguments, line)
        walk([callee] + arguments)
      case .function(let function): walk(function)
      case .table(let fields, _):
        for field in fields { walk((field.key.map { [$0] } ?? []) + [field.value]) }
      case .operation(let operands): walk(operands)
      }
    }
  }

  private mutating func noteCall(
    _ callee: LuaExpression, _ method: String?, _ arguments: [LuaExpression], _ line: Int
  ) {
    guard method == nil, case .name(let name, _) = callee, !isLocal(name), arguments.count > 0 else { return }
    guard case .string(let text, let place)? = name == "rawset" ? arguments.dropFirst().first : arguments.first else {
      return
    }
    if name == "require", text != "uc" { modules.append((text, place)) }
    // `rawset(_G, "name", value)`
    if name == "rawset", case .name("_G", _)? = arguments.first { globals.all.insert(text) }
  }
}
