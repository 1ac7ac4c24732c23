/// What an expression is, as far as its names go: operators and numbers are of no interest here.
indirect enum LuaExpression {
  /// `nil`, a number, `true`.
  case constant
  /// `...`: any number of values.
  case rest
  case string(String, line: Int)
  case name(String, line: Int)
  /// `a.b`, `a[b]`
  case member(LuaExpression, LuaExpression, line: Int)
  /// `f(a)`, and `o:m(a)` with a method.
  case call(LuaExpression, method: String?, [LuaExpression], line: Int)
  case function(WrittenFunction)
  case table([WrittenField], line: Int)
  /// What operators connect.
  case operation([LuaExpression])
}

/// One field of a table that is written down: `name = value`, `[key] = value`, or a value alone.
struct WrittenField {
  var key: LuaExpression?
  var value: LuaExpression
  var line: Int
}

/// A function that is written down.
struct WrittenFunction {
  var parameters: [String]
  var body: [LuaStatement]
}

/// What a statement does with names.
indirect enum LuaStatement {
  /// `local a, b = …`: the values do not know the names.
  case local([String], [LuaExpression])
  /// `local function f`: the function knows its name.
  case localFunction(String, WrittenFunction)
  case assign([LuaExpression], [LuaExpression])
  /// A call, `return`, a condition.
  case evaluate([LuaExpression])
  /// A block with names of its own: `do`, a branch, a loop.
  case block([String], [LuaStatement])
  /// `repeat … until`: the condition knows the names of the body.
  case repeated([LuaStatement], until: LuaExpression)
}

/// Reads a program that the compiler has accepted.
struct LuaParser {
  private let tokens: [LuaToken]
  private var position = 0
  private var depth = 0
  /// Blocks in blocks, calls in calls; Lua itself takes 200.
  private static let deepest = 1_000

  private struct Stuck: Error {}

  private init(_ tokens: [LuaToken]) { self.tokens = tokens }

  /// The statements of a program; nil when it is none.
  static func parse(_ text: String) -> [LuaStatement]? {
    var parser = LuaParser(LuaLexer.tokens(of: text))
    do {
      let block = try parser.block()
      return parser.token.kind == .end ? block : nil
    } catch {
      return nil
    }
  }

  // MARK: Tokens

  private var token: LuaToken { tokens[min(position, tokens.count - 1)] }

  private func isAt(_ text: String) -> Bool {
    token.text == text && (token.kind == .keyword || token.kind == .symbol)
  }

  private mutating func take(_ text: String) -> Bool {
    guard isAt(text) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ text: String) throws(Stuck) {
    guard take(text) else { throw Stuck() }
  }

  private mutating func name() throws(Stuck) -> String {
    guard token.kind == .name else { throw Stuck() }
    defer { position += 1 }
    return token.text
  }

  private mutating func enter() throws(Stuck) {
    depth += 1
    guard depth < Self.deepest else { throw Stuck() }
  }

  // MARK: Statements

  private mutating func block() throws(Stuck) -> [LuaStatement] {
    try enter()
    defer { depth -= 1 }
    var statements: [LuaStatement] = []
    while token.kind != .end, !["end", "else", "elseif", "until"].contains(where: isAt) {
      if take("return") {
        let isEmpty = token.kind == .end || ["end", "else", "elseif", "until", ";"].contains(where: isAt)
        if !isEmpty { statements.append(.evaluate(try expressions())) }
        _ = take(";")
        return statements
      }
      statements += try statement()
    }
    return statements
  }

  private mutating func bodyToEnd() throws(Stuck) -> [LuaStatement] {
    let body = try block()
    try expect("end")
    return body
  }

  private mutating func statement() throws(Stuck) -> [LuaStatement] {
    if take(";") || take("break") { return [] }
    if take("::") {
      _ = try name()
      try expect("::")
      return []
    }
    if take("goto") {
      _ = try name()
      return []
    }
    if take("do") { return [.block([], try bodyToEnd())] }
    if take("while") {
      let condition = try expression()
      try expect("do")
      return [.evaluate([condition]), .block([], try bodyToEnd())]
    }
    if take("repeat") {
      let body = try block()
      try expect("until")
      return [.repeated(body, until: try expression())]
    }
    if take("if") { return try branches() }
    if take("for") { return try loop() }
    if take("function") { return [try namedFunction()] }
    if take("local") { return [try local()] }
    return [try assignmentOrCall()]
  }

  private mutating func branches() throws(Stuck) -> [LuaStatement] {
    var statements: [LuaStatement] = [.evaluate([try expression()])]
    try expect("then")
    statements.append(.block([], try block()))
    while take("elseif") {
      statements.append(.evaluate([try expression()]))
      try expect("then")
      statements.append(.block([], try block()))
    }
    if take("else") { statements.append(.block([], try block())) }
    try expect("end")
    return statements
  }

  private mutating func loop() throws(Stuck) -> [LuaStatement] {
    var names = [try name()]
    while take(",") { names.append(try name()) }
    guard take("=") || take("in") else { throw Stuck() }
    let values = try expressions()
    try expect("do")
    return [.evaluate(values), .block(names, try bodyToEnd())]
  }

  /// `function a.b:c() … end`, an assignment.
  private mutating func namedFunction() throws(Stuck) -> LuaStatement {
    let line = token.line
    var target = LuaExpression.name(try name(), line: line)
    while take(".") { target = .member(target, .string(try name(), line: line), line: line) }
    let isMethod = take(":")
    if isMethod { target = .member(target, .string(try name(), line: line), line: line) }
    return .assign([target], [.function(try function(hasSelf: isMethod))])
  }

  private mutating func local() throws(Stuck) -> LuaStatement {
    if take("function") {
      let name = try name()
      return .localFunction(name, try function(hasSelf: false))
    }
    var names: [String] = []
    repeat {
      names.append(try name())
      if take("<") {
        _ = try name()
        try expect(">")
      }
    } while take(",")
    return .local(names, take("=") ? try expressions() : [])
  }

  private mutating func assignmentOrCall() throws(Stuck) -> LuaStatement {
    var targets = [try suffixed()]
    if isAt("=") || isAt(",") {
      while take(",") { targets.append(try suffixed()) }
      try expect("=")
      return .assign(targets, try expressions())
    }
    return .evaluate(targets)
  }

  // MARK: Expressions

  private mutating func expressions() throws(Stuck) -> [LuaExpression] {
    var list = [try expression()]
    while take(",") { list.append(try expression()) }
    return list
  }

  private static let binary: Set<String> = [
    "+", "-", "*", "/", "//", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or", "&", "|", "~", "<<", ">>",
  ]

  /// Operators and their operands, in order: which belongs to which is of no interest.
  private mutating func expression() throws(Stuck) -> LuaExpression {
    try enter()
    defer { depth -= 1 }
    var operands: [LuaExpression] = []
    var hasOperator = false
    while true {
      while ["not", "-", "#", "~"].contains(where: isAt) {
        position += 1
        hasOperator = true
      }
      operands.append(try simple())
      guard token.kind == .symbol || token.kind == .keyword, Self.binary.contains(token.text) else { break }
      position += 1
      hasOperator = true
    }
    return hasOperator ? .operation(operands) : operands[0]
  }

  private mutating func simple() throws(Stuck) -> LuaExpression {
    switch token.kind {
    case .number:
      position += 1
      return .constant
    case .string:
      defer { position += 1 }
      return .string(token.text, line: token.line)
    case .keyword where ["nil", "true", "false"].contains(token.text):
      position += 1
      return .constant
    case .keyword where token.text == "function":
      position += 1
      return .function(try function(hasSelf: false))
    case .symbol where token.text == "...":
      position += 1
      return .rest
    case .symbol where token.text == "{": return try table()
    default: return try suffixed()
    }
  }

  /// A name or something in brackets, and what follows it: members, calls.
  private mutating func suffixed() throws(Stuck) -> LuaExpression {
    var expression: LuaExpression
    if take("(") {
      // One value, whatever is inside.
      expression = .operation([try self.expression()])
      try expect(")")
    } else {
      let line = token.line
      expression = .name(try name(), line: line)
    }
    var length = 0
    while true {
      length += 1
      guard length < Self.deepest else { throw Stuck() }
      let line = token.line
      if take(".") {
        expression = .member(expression, .string(try name(), line: line), line: line)
      } else if take("[") {
        expression = .member(expression, try self.expression(), line: line)
        try expect("]")
      } else if take(":") {
        let method = try name()
        expression = .call(expression, method: method, try arguments(), line: line)
      } else if isAt("(") || isAt("{") || token.kind == .string {
        expression = .call(expression, method: nil, try arguments(), line: line)
      } else {
        return expression
      }
    }
  }

  private mutating func arguments() throws(Stuck) -> [LuaExpression] {
    if token.kind == .string {
      defer { position += 1 }
      return [.string(token.text, line: token.line)]
    }
    if isAt("{") { return [try table()] }
    try expect("(")
    if take(")") { return [] }
    let list = try expressions()
    try expect(")")
    return list
  }

  private mutating func table() throws(Stuck) -> LuaExpression {
    let start = token.line
    try enter()
    defer { depth -= 1 }
    try expect("{")
    var fields: [WrittenField] = []
    while !isAt("}") {
      let line = token.line
      if take("[") {
        let key = try expression()
        try expect("]")
        try expect("=")
        fields.append(WrittenField(key: key, value: try expression(), line: line))
      } else if token.kind == .name, position + 1 < tokens.count, tokens[position + 1].kind == .symbol,
        tokens[position + 1].text == "="
      {
        let key = LuaExpression.string(try name(), line: line)
        try expect("=")
        fields.append(WrittenField(key: key, value: try expression(), line: line))
      } else {
        fields.append(WrittenField(key: nil, value: try expression(), line: line))
      }
      guard take(",") || take(";") else { break }
    }
    try expect("}")
    return .table(fields, line: start)
  }

  private mutating func function(hasSelf: Bool) throws(Stuck) -> WrittenFunction {
    try expect("(")
    var parameters = hasSelf ? ["self"] : []
    while !isAt(")") {
      if !take("...") { parameters.append(try name()) }
      guard take(",") else { break }
    }
    try expect(")")
    return WrittenFunction(parameters: parameters, body: try bodyToEnd())
  }
}
