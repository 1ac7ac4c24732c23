import Limits
import Testing

@testable import BotKit

@Suite("uc.metric, and the text that Prometheus reads")
struct MetricTests {
  private func text(_ bench: BotBench) -> String {
    PrometheusText.text(bench.core.metrics.families(script: "test"))
  }

  @Test("counters, gauges and histograms, with labels and without")
  func kinds() throws {
    let bench = try BotBench(
      """
      local c = uc.metric.counter("greets_total", "peers\\ngreeted \\\\ \\"well\\"")
      c:inc() c:inc(2) c:inc(nil, { kind = 'a"b\\\\c\\nd', n = 1 })
      local g = uc.metric.gauge("mood")
      g:set(2.5) g:inc(1) g:dec() g:dec(0.25)
      local h = uc.metric.histogram("text_bytes", nil, { buckets = { 1, 10.5 } })
      h:observe(1) h:observe(2) h:observe(100)
      uc.metric.counter("unused_total", "never")
      print(c, uc.metric.counter("greets_total") == nil)
      """)
    #expect(
      text(bench) == """
        # HELP greets_total peers\\ngreeted \\\\ "well"
        # TYPE greets_total counter
        greets_total{script="test"} 3
        greets_total{script="test",kind="a\\"b\\\\c\\nd",n="1"} 1
        # HELP mood mood
        # TYPE mood gauge
        mood{script="test"} 2.25
        # HELP text_bytes text_bytes
        # TYPE text_bytes histogram
        text_bytes_bucket{script="test",le="1"} 1
        text_bytes_bucket{script="test",le="10.5"} 2
        text_bytes_bucket{script="test",le="+Inf"} 3
        text_bytes_sum{script="test"} 103
        text_bytes_count{script="test"} 3
        # HELP unused_total never
        # TYPE unused_total counter
        unused_total{script="test"} 0

        """)
    #expect(bench.logged == ["Metric greets_total\tfalse"])
  }

  @Test(
    "numbers as Prometheus writes them",
    arguments: [
      (0.0, "0"), (-1.0, "-1"), (0.1, "0.1"), (1e15, "1000000000000000.0"), (1e300, "1e+300"), (.infinity, "+Inf"),
      (-.infinity, "-Inf"),
      (.nan, "NaN"), (123_456_789.5, "123456789.5"),
    ])
  func numbers(value: Double, text: String) {
    #expect(PrometheusText.number(value) == text)
  }

  @Test("families of one name are one, and of two kinds the first counts")
  func merged() {
    let one = MetricFamily("a", .counter, "x", [.init(1, labels: [.init("script", "1")])])
    let two = MetricFamily("a", .counter, "y", [.init(2, labels: [.init("script", "2")])])
    let other = MetricFamily("a", .gauge, "z", 3)
    #expect(
      PrometheusText.text([one, MetricFamily("b", .gauge, "b", 0), two, other])
        == "# HELP a x\n# TYPE a counter\na{script=\"1\"} 1\na{script=\"2\"} 2\n# HELP b b\n# TYPE b gauge\nb 0\n")
  }

  @Test("more sets of labels than a metric may have are not counted, and said so once")
  func labelSets() throws {
    let bench = try BotBench(
      """
      local c = uc.metric.counter("c")
      for i = 1, \(Limits.Lua.labelSets + 50) do c:inc(1, { i = i }) end
      c:inc(5, { i = 1 })
      """)
    #expect(text(bench).split(separator: "\n").count == Limits.Lua.labelSets + 2)
    #expect(text(bench).contains("c{script=\"test\",i=\"1\"} 6\n"))
    #expect(bench.core.metrics.refused == 50)
    #expect(bench.logged.count == 1 && bench.logged[0].contains("others are not counted"))
  }

  @Test("a long label is cut, and no label ends a line")
  func labelText() throws {
    let bench = try BotBench(
      "uc.metric.gauge('g'):set(1, { x = ('ü'):rep(1000), y = 'a\\n# TYPE evil counter\\27[31m' })")
    let line = try #require(text(bench).split(separator: "\n").last)
    #expect(
      line.utf8.count < 200 + 2 * Limits.Lua.labelBytes && line.contains("\\n# TYPE evil") && !line.contains("\u{1B}"))
  }

  @Test("the script's next version goes on counting, and may change its mind about a kind")
  func versions() throws {
    let metrics = ScriptMetrics()
    let c = try metrics.make("c", .counter, help: "", bounds: [])
    metrics.change(c, []) { $0 += 3 }
    #expect(throws: ScriptMetrics.Problem.different) { try metrics.make("c", .gauge, help: "", bounds: []) }
    metrics.beginVersion()
    #expect(try metrics.make("c", .counter, help: "", bounds: []) == c)
    #expect(metrics.families(script: "s").first?.samples.first?.value == 3)
    metrics.beginVersion()
    #expect(try metrics.make("c", .gauge, help: "", bounds: []) == c)
    #expect(metrics.families(script: "s").first?.kind == .gauge)
    #expect(metrics.families(script: "s").first?.samples.first?.value == 0)
  }

  @Test(
    "misuse",
    arguments: [
      ("uc.metric.counter()", "uc.metric.counter: argument 1 (name) must be a string, got nothing"),
      (
        "uc.metric.gauge('a-b')",
        "uc.metric.gauge: argument 1 (name) must consist of letters, digits and '_', 100 at most, and begin with no digit, "
          + "got 'a-b'"
      ),
      (
        "uc.metric.gauge('ucbot_x')",
        "uc.metric.gauge: 'ucbot_x' is taken: 'ucbot_' begins, and '_bucket', '_sum' and '_count' end other names"
      ),
      (
        "uc.metric.gauge('x_sum')",
        "uc.metric.gauge: 'x_sum' is taken: 'ucbot_' begins, and '_bucket', '_sum' and '_count' end other names"
      ),
      ("uc.metric.gauge('x', 1)", "uc.metric.gauge: argument 2 (help) must be a string, got a number"),
      (
        "uc.metric.gauge('x') uc.metric.counter('x')",
        "uc.metric.counter: there is a metric 'x' already, of another kind or with other buckets"
      ),
      (
        "uc.metric.histogram('x', { buckets = { 2, 1 } })",
        "uc.metric.histogram: option 'buckets' must be a list of 1 to 32 numbers that grow, got a table"
      ),
      (
        "uc.metric.histogram('x', 'h', { bucket = { 1 } })",
        "uc.metric.histogram: unknown option 'bucket' (did you mean 'buckets'?)"
      ),
      (
        "for i = 1, 65 do uc.metric.gauge('x' .. i) end",
        "uc.metric.gauge: a script may have 64 metrics, not more"
      ),
      ("uc.metric.counter('x'):inc(-1)", "Metric:inc: 'x' is a counter, and does not shrink"),
      ("uc.metric.counter('x'):dec()", "Metric:dec: 'x' is a counter"),
      ("uc.metric.counter('x'):set(1)", "Metric:set: 'x' is a counter"),
      ("uc.metric.gauge('x'):observe(1)", "Metric:observe: 'x' is a gauge"),
      ("uc.metric.gauge('x'):set()", "Metric:set: argument 2 (number) must be a number, got nothing"),
      ("uc.metric.gauge('x'):set(1/0)", "Metric:set: argument 2 (number) must be finite, got inf"),
      ("uc.metric.gauge('x').inc(1)", "Metric:inc: must be called on a Metric, as in metric:inc(…), got a number"),
      ("uc.metric.gauge('x'):inc(1, 'a')", "Metric:inc: argument 3 (labels) must be a table, got a string"),
      ("uc.metric.gauge('x'):inc(1, { le = 1 })", "Metric:inc: 'le' cannot be the name of a label"),
      ("uc.metric.gauge('x'):inc(1, { ['a b'] = 1 })", "Metric:inc: 'a b' cannot be the name of a label"),
      ("uc.metric.gauge('x'):inc(1, { 'a' })", "Metric:inc: a number cannot be the name of a label"),
      ("uc.metric.gauge('x'):inc(1, { a = {} })", "Metric:inc: the label 'a' must be a string, got a table"),
      (
        "local t = {} for i = 1, 9 do t['a' .. i] = i end uc.metric.gauge('x'):inc(1, t)",
        "Metric:inc: 8 labels, not more"
      ),
      ("uc.health('x')", "uc.health: argument 2 (function) must be a function, got nothing"),
      ("uc.health('', print)", "uc.health: argument 1 (name) must have 1 to 64 bytes, got 0"),
      ("for i = 1, 17 do uc.health('x' .. i, print) end", "uc.health: a script may have 16 checks, not more"),
    ])
  func misuse(source: String, message: String) {
    #expect {
      _ = try BotBench(source)
    } throws: { error in
      guard case .failed(let text, _) = error as? BotError else { return false }
      return text == "bots/test.lua:1: " + message
    }
  }
}
