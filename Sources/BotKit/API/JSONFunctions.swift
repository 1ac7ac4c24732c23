import Limits
import LuaVM

/// `uc.json`: reading and writing JSON.
enum JSONFunctions {
  static let section = APISection("JSON", codes: [codes], entries: entries)

  private static let codes = APICodes("uc.SyntaxCode", [("syntax", "the text is not well formed")])

  private static let entries = [
    APIEntry(
      "uc.json.encode", .function, "uc.json.encode(value) -> string", "Writes a value as JSON.",
      type: "fun(value: any): string",
      details: #"""
        A table whose keys are 1, 2 and so on without a hole is a list; one whose keys are all strings is an object, and
        so is an empty one (`uc.json.empty_list` is `[]`). Members come in the order of their names, so that the same table
        is always the same text. Integers stay integers, floats stay floats (`1.0`), and bytes that are not UTF-8 become
        `U+FFFD`. No metatable is looked at.

        What JSON has no form for is an error that says where it is: functions, coroutines and objects of ours, numbers
        that are infinite or none, lists with holes, tables with both names and list items, other keys, more than 100
        tables within each other (so also a table in itself), and more than 4 MiB of text.

        ```lua
        print(uc.json.encode { name = "tea", grams = { 2, 2.5 }, note = uc.json.null })
        -- {"grams":[2,2.5],"name":"tea","note":null}
        ```
        """#,
      .function(encode)),
    APIEntry(
      "uc.json.decode", .function, "uc.json.decode(text) -> value | nil, code, message", "Reads JSON.",
      type: "fun(text: string): any, uc.SyntaxCode?, string?",
      details: #"""
        By the letter of RFC 8259, at most 100 lists and objects within each other. Numbers without a point and exponent
        are integers when they fit in 64 bits, all others floats. JSON's null is `uc.json.null`, so that lists have no
        holes and members do not vanish. Of two members with the same name the later counts. Half of a surrogate pair is
        `U+FFFD`. The code is `syntax`, and the message says what is wrong at which byte.

        ```lua
        local order, code, message = uc.json.decode('{"item": "tea", "count": 2, "note": null}')
        if order then
          print(order.item, order.count, order.note == uc.json.null) -- tea 2 true
        else
          print(code, message)
        end
        ```
        """#,
      .function { _, call throws(Misuse) in
        guard let text = call.bytes(1) else {
          throw Misuse("uc.json.decode: argument 1 (text) must be a string, got \(call.type(1).name)")
        }
        call.results.json(text)
        return .values
      }),
    APIEntry(
      "uc.json.null", .constant, "uc.json.null -> value",
      "What stands for JSON's null: equal only to itself, and true for `if`.",
      type: "userdata", .constant { _, writer in writer.jsonNull() }),
    APIEntry(
      "uc.json.empty_list", .constant, "uc.json.empty_list -> value",
      "What `uc.json.encode` writes as `[]`, since an empty table is `{}`.",
      type: "userdata", .constant { _, writer in writer.jsonEmptyList() }),
  ]

  private static func encode(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.count > 0 else { throw Misuse("uc.json.encode: argument 1 (value) is missing") }
    call.results.bytes(try call.requireJSON(1, "uc.json.encode"))
    return .values
  }
}

extension LuaCall {
  /// A value as JSON.
  /// - Parameter what: what begins the message when it has no such form.
  func requireJSON(_ index: Int, _ what: String) throws(Misuse) -> [UInt8] {
    do throws(LuaJSONError) {
      return try json(index, limit: Limits.HTTP.json)
    } catch {
      switch error {
      case .tooLong: throw Misuse("\(what): more than \(Limits.HTTP.json) bytes of JSON")
      case .outOfMemory: throw Misuse("not enough memory")
      case .notWritable(let value, let path):
        throw Misuse("\(what): \(value) cannot be written as JSON" + (path.isEmpty ? "" : " (at \(path))"))
      }
    }
  }
}
