extension APIEntry {
  /// The type for one event, if the entry has one for each.
  func type(for event: EventName) -> String {
    type.replacing("<event>", with: "\"\(event.rawValue)\"").replacing("<options>", with: event.options.name)
      .replacing("<waiting>", with: event.waiting.name).replacing("<handler>", with: event.handlerType)
      .replacing("<payload>", with: event.payloadType)
  }

  /// Whether its type differs from event to event.
  var isForEachEvent: Bool { type.contains("<event>") }

  /// The events that it is for.
  var events: [EventName] {
    guard isForEachEvent else { return [] }
    return EventName.allCases.filter { $0.canBeWaitedFor || !type.contains("<waiting>") }
  }

  /// Its type, or its types for the events.
  var types: [String] { isForEachEvent ? events.map { type(for: $0) } : [type] }

  /// The class of its object (`Message`), if it is a member.
  var owner: String? {
    switch kind {
    case .field, .method, .asyncMethod: String(name.prefix { $0 != "." && $0 != ":" })
    case .function, .asyncFunction, .constant: nil
    }
  }

  /// Its name behind the last dot or colon.
  var lastName: String { name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? name }

  /// What is said about it, in Markdown.
  var text: String {
    guard !details.isEmpty else { return summary }
    // Details that begin with a sentence go on behind the summary; tables, lists and code stand alone.
    let isBlock = ["|", "```", "- "].contains { details.hasPrefix($0) }
    return summary + (isBlock ? "\n\n" : " ") + details
  }
}
