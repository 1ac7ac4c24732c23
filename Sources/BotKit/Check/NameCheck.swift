import LuaVM

/// Walks over one file of a script and says which names lead nowhere: globals that are never set, and what the API does
/// not have. Types are followed as far as they are plain to see: a handler's parameters, results of the API's functions,
/// and locals that are set once.
struct NameCheck {
  private let file: String
  private let knowledge: APIKnowledge
  /// Globals that the script or a module of it sets at its top level or anywhere.
  private let globals: GlobalNames
  private let survey: NameSurvey
  private var scopes: [[String: LuaType?]] = [[:]]
  private var functions = 0
  private(set) var problems: [ScriptProblem] = []

  private init(file: String, knowledge: APIKnowledge, globals: GlobalNames, survey: NameSurvey) {
    self.file = file
    self.knowledge = knowledge
    self.globals = globals
    self.survey = survey
  }

  /// What is wrong with the names of a file. `globals` are those of the whole script.
  static func problems(
    in program: [LuaStatement], file: String, knowledge: APIKnowledge, globals: GlobalNames, survey: NameSurvey
  ) -> [ScriptProblem] {
    var check = NameCheck(file: file, knowledge: knowledge, globals: globals, survey: survey)
    check.walk(program)
    return check.problems
  }

  private mutating func report(_ line: Int, _ message: String) {
    let problem = ScriptProblem(file: file, line: line, message: message)
    if !problems.contains(problem) { problems.append(problem) }
  }

  private static func proposal(_ near: String?) -> String { near.map { " (did you mean \($0)?)" } ?? "" }

  // MARK: Statements

  private mutating func walk(_ statements: [LuaStatement]) {
    for statement in statements { walk(statement) }
  }

  private mutating func walk(_ statement: LuaStatement) {
    switch statement {
    case .local(let names, let values):
      let types = walk(values: values, count: names.count)
      for (name, type) in zip(names, types) { declare(name, type) }
    case .localFunction(let name, let function):
      declare(name, nil)
      walk(function)
    case .assign(let targets, let values):
      for value in values { _ = walk(value) }
      for target in targets { assign(target) }
    case .evaluate(let values):
      for value in values { _ = walk(value) }
    case .block(let names, let body):
      inScope { check in
        for name in names { check.declare(name, nil) }
        check.walk(body)
      }
    case .repeated(let body, let until):
      inScope { check in
        check.walk(body)
        _ = check.walk(until)
      }
    }
  }

  private mutating func inScope(_ body: (inout NameCheck) -> Void) {
    scopes.append([:])
    body(&self)
    scopes.removeLast()
  }

  private mutating func declare(_ name: String, _ type: LuaType?) {
    // What is set again later may be something else by then.
    scopes[scopes.count - 1][name] = .some(survey.changedLocals.contains(name) ? nil : type)
  }

  private func local(_ name: String) -> LuaType?? {
    for scope in scopes.reversed() {
      if let type = scope[name] { return .some(type) }
    }
    return nil
  }

  private mutating func assign(_ target: LuaExpression) {
    switch target {
    case .name(let name, let line):
      guard local(name) == nil, local("_ENV") == nil else { return }
      if namespace(name) != nil || ScriptGlobals.names.contains(name) {
        report(line, "sets the global '\(name)', which is not the script's own; write local \(name)")
      } else if functions > 0, !globals.top.contains(name) {
        let near = NearestName.of(name, in: visibleNames.filter { $0 != name })
        report(line, "sets the global '\(name)' in a function; write local \(name)" + Self.proposal(near))
      }
    case .member(let object, let key, let line):
      let type = walk(object)
      _ = walk(key)
      guard case .named(let name, _)? = type, let info = knowledge.types[name], !info.isPlainTable else { return }
      guard case .string(let member, _) = key else { return }
      report(
        line, info.isNamespace ? "\(info.title).\(member) cannot be set" : "a field of \(info.title) cannot be set")
    default: _ = walk(target)
    }
  }

  // MARK: Expressions

  /// Walks over values, and tells the types of as many names.
  private mutating func walk(values: [LuaExpression], count: Int) -> [LuaType?] {
    var types: [LuaType?] = []
    for (index, value) in values.enumerated() {
      if index == values.count - 1, case .call = value {
        types += results(of: value)
      } else {
        types.append(walk(value))
      }
    }
    return (0..<count).map { $0 < types.count ? types[$0] : nil }
  }

  /// Walks over an expression, and tells its type where that is plain to see.
  private mutating func walk(_ expression: LuaExpression) -> LuaType? {
    switch expression {
    case .constant, .rest, .string: return nil
    case .name(let name, let line): return read(name, line)
    case .member(let object, let key, let line):
      let type = walk(object)
      guard case .string(let name, _) = key else {
        _ = walk(key)
        return nil
      }
      return member(name, of: type, line)?.types.first
    case .call: return results(of: expression).first ?? nil
    case .function(let function):
      walk(function)
      return nil
    case .table(let fields, _):
      for field in fields {
        if let key = field.key { _ = walk(key) }
        _ = walk(field.value)
      }
      return nil
    case .operation(let operands):
      for operand in operands { _ = walk(operand) }
      return nil
    }
  }

  private mutating func walk(_ function: WrittenFunction, as type: LuaType.Function? = nil) {
    functions += 1
    inScope { check in
      for (index, name) in function.parameters.enumerated() {
        let known = type.flatMap { index < $0.parameters.count ? $0.parameters[index] : nil }
        check.declare(name, known?.name == "..." ? nil : known?.type)
      }
      check.walk(function.body)
    }
    functions -= 1
  }

  private mutating func read(_ name: String, _ line: Int) -> LuaType? {
    if let local = local(name) { return local }
    guard local("_ENV") == nil else { return nil }
    if let namespace = namespace(name) { return .named(namespace, []) }
    guard !ScriptGlobals.names.contains(name), name != "_ENV", !globals.all.contains(name) else { return nil }
    report(line, "undefined global '\(name)'" + Self.proposal(NearestName.of(name, in: visibleNames)))
    return nil
  }

  /// The type of `uc` or of a library.
  private func namespace(_ name: String) -> String? {
    let type = name == "uc" ? name : APIKnowledge.libraryType(name)
    return knowledge.types[type] == nil ? nil : type
  }

  private var visibleNames: [String] {
    scopes.flatMap(\.keys) + globals.all + ScriptGlobals.names + ScriptGlobals.libraries.map(\.name) + ["uc"]
  }

  /// A member of a known type; reports one that does not exist.
  private mutating func member(_ name: String, of type: LuaType?, _ line: Int) -> APIKnowledge.Member? {
    guard case .named(let typeName, _)? = type?.withoutNil, let info = knowledge.types[typeName] else { return nil }
    if let member = knowledge.member(name, of: typeName) { return member }
    // Tables may be given more fields.
    guard !info.isPlainTable || !survey.changedMembers.contains(name) else { return nil }
    let near = NearestName.of(name, in: knowledge.memberNames(of: typeName))
    if info.isNamespace {
      report(line, "\(info.title).\(name) does not exist" + Self.proposal(near.map { "\(info.title).\($0)" }))
    } else if info.isPlainTable {
      report(line, "there is no field '\(name)' in \(info.title)" + Self.proposal(near.map { "'\($0)'" }))
    } else {
      report(line, "\(info.title) has no field '\(name)'" + Self.proposal(near.map { "'\($0)'" }))
    }
    return nil
  }

  // MARK: Calls

  /// Walks over a call, and tells the types of its results.
  private mutating func results(of expression: LuaExpression) -> [LuaType?] {
    guard case .call(let callee, let method, let arguments, let line) = expression else { return [] }
    guard let method else {
      if case .name("require", _) = callee, local("require") == nil, case .string("uc", _)? = arguments.first {
        return [.named("uc", [])]
      }
      return call(function(callee, line), arguments, line)
    }
    let type = walk(callee)
    guard case .named(let typeName, _)? = type?.withoutNil, knowledge.types[typeName] != nil else {
      for argument in arguments { _ = walk(argument) }
      return []
    }
    let found = member(method, of: type, line)
    if let found, !found.isMethod, !found.types.isEmpty, knowledge.types[typeName]?.isNamespace == true {
      report(line, "\(found.name) is called with a dot, not with a colon")
    }
    return call(found, arguments, line)
  }

  /// What is called without a colon.
  private mutating func function(_ callee: LuaExpression, _ line: Int) -> APIKnowledge.Member? {
    guard case .member(let object, .string(let name, _), let place) = callee else {
      _ = walk(callee)
      return nil
    }
    guard let found = member(name, of: walk(object), place) else { return nil }
    if found.isMethod {
      report(line, "\(found.name) is called with a colon, not with a dot")
      return nil
    }
    return found
  }

  private mutating func call(
    _ member: APIKnowledge.Member?, _ arguments: [LuaExpression], _ line: Int
  ) -> [LuaType?] {
    guard let member, let function = member.function(for: arguments, self) else {
      if let member, member.types.count > 1, case .string(let event, let place)? = arguments.first {
        let near = NearestName.of(event, in: member.types.flatMap(\.firstWords))
        let isEvent = EventName(rawValue: event) != nil
        report(
          place,
          isEvent
            ? "\(member.name): event '\(event)' cannot be waited for"
            : "\(member.name): unknown event '\(event)'" + Self.proposal(near.map { "'\($0)'" }))
      }
      for argument in arguments { _ = walk(argument) }
      return []
    }
    let ways = [function] + function.withoutSkipped
    let fitting = ways.first { $0.fits(arguments) } ?? function
    if arguments.isExact { checkCount(member.name, ways, arguments.count, line) }
    for (index, argument) in arguments.enumerated() {
      let parameter = index < fitting.parameters.count ? fitting.parameters[index] : fitting.parameters.last
      walk(argument: argument, as: parameter?.type, of: member.name)
    }
    return function.results.map { type in
      if case .many = type { nil } else { type }
    }
  }

  private mutating func checkCount(_ name: String, _ ways: [LuaType.Function], _ count: Int, _ line: Int) {
    let most = ways.contains(where: \.isVariadic) ? Int.max : ways.map(\.parameters.count).max() ?? 0
    let least = ways.map(\.neededCount).min() ?? 0
    if count > most {
      report(line, "\(name) takes \(most) argument\(most == 1 ? "" : "s"), got \(count)")
    } else if count < least, let way = ways.min(by: { $0.neededCount < $1.neededCount }) {
      let missing = way.parameters[count].name
      report(line, "\(name): argument \(count + 1) (\(missing == "fn" ? "function" : missing)) is missing")
    }
  }

  // MARK: Arguments that are written down

  private mutating func walk(argument: LuaExpression, as type: LuaType?, of function: String) {
    guard let type else {
      _ = walk(argument)
      return
    }
    switch argument {
    case .function(let written):
      if case .function(let known) = type { walk(written, as: known) } else { walk(written) }
    case .string(let text, let line):
      guard let words = knowledge.words(of: type), !words.contains(text) else { return }
      report(
        line,
        "\(function): '\(text)' is none of \(words.joined(separator: ", "))"
          + Self.proposal(NearestName.of(text, in: words).map { "'\($0)'" }))
    case .table(let fields, _): walk(table: fields, as: type, of: function)
    default: _ = walk(argument)
    }
  }

  private mutating func walk(table fields: [WrittenField], as type: LuaType, of function: String) {
    let shapes = knowledge.shapes(of: type)
    let ownFields = knowledge.fields(of: type)
    let items = knowledge.items(of: type)
    for field in fields {
      guard case .string(let name, _)? = field.key else {
        if let key = field.key { _ = walk(key) }
        walk(argument: field.value, as: field.key == nil ? items : nil, of: function)
        continue
      }
      let knowledge = knowledge
      let known =
        shapes.lazy.compactMap { knowledge.member(name, of: $0)?.types.first }.first
        ?? ownFields.first { $0.name == name }?.type
      if known == nil, !shapes.isEmpty || !ownFields.isEmpty, !knowledge.allowsAnyTable(type) {
        let names = shapes.flatMap { knowledge.memberNames(of: $0) } + ownFields.map(\.name)
        let near = NearestName.of(name, in: names)
        report(field.line, "\(function): unknown option '\(name)'" + Self.proposal(near.map { "'\($0)'" }))
      }
      walk(argument: field.value, as: known, of: "\(function): option '\(name)'")
    }
  }
}

extension APIKnowledge.Member {
  /// The function that is called with these arguments: for functions of events, that of the event.
  fileprivate func function(for arguments: [LuaExpression], _ check: NameCheck) -> LuaType.Function? {
    guard types.count > 1 else {
      if case .function(let function)? = types.first { return function }
      return nil
    }
    guard case .string(let event, _)? = arguments.first else { return nil }
    return types.lazy.compactMap { type in
      if case .function(let function) = type, type.firstWords.contains(event) { function } else { nil }
    }.first
  }
}

extension LuaType {
  /// The words that a function's first parameter may be.
  fileprivate var firstWords: [String] {
    if case .function(let function) = self { function.parameters.first?.type.texts ?? [] } else { [] }
  }
}

extension LuaType.Function {
  fileprivate var isVariadic: Bool { parameters.last?.name == "..." }

  /// Arguments that cannot be left out at the end.
  fileprivate var neededCount: Int {
    (parameters.lastIndex { !$0.isOptional && $0.name != "..." } ?? -1) + 1
  }

  /// Whether functions stand where functions are wanted, and tables where tables are.
  fileprivate func fits(_ arguments: [LuaExpression]) -> Bool {
    guard isVariadic || arguments.count <= parameters.count, arguments.count >= neededCount else { return false }
    return zip(arguments, parameters).allSatisfy { argument, parameter in
      let isFunction = if case .function = parameter.type { true } else { false }
      return switch argument {
      case .function: isFunction || parameter.name == "..."
      case .table: !isFunction
      default: true
      }
    }
  }
}

extension [LuaExpression] {
  /// Whether it is known how many values they are.
  fileprivate var isExact: Bool {
    switch last {
    case .call, .rest: false
    default: true
    }
  }
}
