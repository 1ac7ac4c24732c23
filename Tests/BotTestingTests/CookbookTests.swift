import Testing

@testable import BotTesting

@Suite("The cookbook")
struct CookbookTests {
  /// A script of the page, and the test behind it.
  struct Recipe: CustomTestStringConvertible, Sendable {
    var title: String
    var script: String
    var test: String?
    var testDescription: String { title }
  }

  static let recipes = (try? Repository.text("docs/cookbook.md")).map(recipes) ?? []

  /// The blocks of Lua in a page; a block of tests belongs to the script before it.
  static func recipes(in page: String) -> [Recipe] {
    var recipes: [Recipe] = []
    var title = ""
    var block: (isTest: Bool, lines: [Substring])?
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if let open = block {
        guard line == "```" else {
          block?.lines.append(line)
          continue
        }
        let text = open.lines.joined(separator: "\n") + "\n"
        if open.isTest, !recipes.isEmpty {
          recipes[recipes.count - 1].test = text
        } else {
          recipes.append(Recipe(title: title, script: text))
        }
        block = nil
      } else if line.hasPrefix("## ") {
        title = String(line.dropFirst(3))
      } else if line.hasPrefix("```lua") {
        block = (line == "```lua test", [])
      }
    }
    return recipes
  }

  @Test("has recipes, and most have a test")
  func there() {
    #expect(Self.recipes.count >= 20)
    #expect(Self.recipes.filter { $0.test != nil }.count >= 20)
  }

  @Test("each recipe starts, and its test passes", arguments: recipes)
  func works(recipe: Recipe) throws {
    let starts = "uc.test('starts', function(t) t:load 'recipe.lua' t:expect_connected() end)"
    let root = Repository.path("")
    let finder = ScriptFinder(texts: ["recipe.lua": recipe.script], directories: [".", String(root.dropLast())])
    var count = 0
    try TestFile(path: "recipe_test.lua", source: recipe.test ?? starts, finder: finder).run { result in
      count += 1
      #expect(result.isPassed, "\(result.lines(number: count).joined(separator: "\n"))")
    }
    #expect(count > 0)
  }
}
