import LuaVM

extension LuaCall {
  /// Reads the options table that is argument (or value) `index`: each field goes to `read` by its name and the index
  /// of its value. `read` returns false for a name that it does not know, and the nearest of `names` is proposed.
  package func readOptions(
    _ index: Int, of function: String, names: [String], example: String,
    _ read: (_ name: String, _ value: Int) throws(Misuse) -> Bool
  ) throws(Misuse) {
    var problem: Misuse?
    forEachField(index) { key, value in
      do throws(Misuse) {
        guard let name = string(key) else {
          throw Misuse("\(function): options have names, as in \(example); got \(type(key).name) as a name")
        }
        guard try read(name, value) else {
          let near = NearestName.of(name, in: names)
          throw Misuse("\(function): unknown option '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
        }
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
  }

  /// The misuse of an option's value.
  package func wrongOption(_ name: String, _ index: Int, of function: String, wanted: String) -> Misuse {
    let got = type(index) == .number ? number(index).map { "\($0)" } ?? "a number" : type(index).name
    return Misuse("\(function): option '\(name)' must be \(wanted), got \(got)")
  }

  package func booleanOption(_ name: String, _ index: Int, of function: String) throws(Misuse) -> Bool {
    guard type(index) == .boolean else { throw wrongOption(name, index, of: function, wanted: "a boolean") }
    return boolean(index)
  }

  package func stringOption(_ name: String, _ index: Int, of function: String) throws(Misuse) -> String {
    guard let text = string(index) else { throw wrongOption(name, index, of: function, wanted: "a string") }
    return text
  }

  /// Seconds, finite, from `least` on, thirty years at most.
  package func secondsOption(_ name: String, _ index: Int, of function: String, atLeast least: Double = 0)
    throws(Misuse)
    -> Double
  {
    guard let seconds = number(index), seconds.isFinite, seconds >= least, seconds <= 1e9 else {
      throw wrongOption(name, index, of: function, wanted: "a number of seconds from \(least) to 1e9")
    }
    return seconds
  }

  func integerOption(_ name: String, _ index: Int, in range: ClosedRange<Int>, of function: String) throws(Misuse)
    -> Int
  {
    guard let value = integer(index), range.contains(Int(clamping: value)) else {
      throw wrongOption(
        name, index, of: function, wanted: "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(clamping: value)
  }

  /// One of a few words.
  package func choiceOption<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ index: Int, of function: String, as _: Choice.Type
  ) throws(Misuse) -> Choice where Choice.RawValue == String {
    if let text = string(index), let choice = Choice(rawValue: text) { return choice }
    let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    guard let text = string(index) else { throw wrongOption(name, index, of: function, wanted: words) }
    throw Misuse("\(function): option '\(name)' must be \(words), got \"\(LogText.line(String(text.prefix(40))))\"")
  }
}
