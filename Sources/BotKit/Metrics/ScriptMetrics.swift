import Limits
import Synchronization

/// What one script measures: filled on its thread, read on any.
final class ScriptMetrics: Sendable {
  /// Why a metric cannot be made.
  enum Problem: Error, Equatable {
    case tooMany
    /// There is one of this name that is something else.
    case different
  }

  private struct Metric {
    let name: String
    let help: String
    let kind: MetricFamily.Kind
    let bounds: [Double]
    var numbers: [[MetricFamily.Label]: Double] = [:]
    var histograms: [[MetricFamily.Label]: Histogram] = [:]
    /// In the order in which they came.
    var order: [[MetricFamily.Label]] = []
    /// The version of the script that asked for it last.
    var version: Int
  }

  private struct Table {
    var metrics: [Metric] = []
    var byName: [String: Int] = [:]
    var refused: UInt64 = 0
    var version = 0
  }

  private let table = Mutex(Table())

  /// The number of a new metric, or of the one that is there already.
  func make(
    _ name: String, _ kind: MetricFamily.Kind, help: String, bounds: [Double]
  ) throws(Problem) -> Int {
    let result = table.withLock { table -> Result<Int, Problem> in
      if let index = table.byName[name] {
        let metric = table.metrics[index]
        if metric.kind == kind, metric.bounds == bounds {
          table.metrics[index].version = table.version
          return .success(index)
        }
        guard metric.version < table.version else { return .failure(.different) }
        // The script has been rewritten.
        table.metrics[index] = Metric(name: name, help: help, kind: kind, bounds: bounds, version: table.version)
        return .success(index)
      }
      guard table.metrics.count < Limits.Lua.metrics else { return .failure(.tooMany) }
      table.byName[name] = table.metrics.count
      table.metrics.append(Metric(name: name, help: help, kind: kind, bounds: bounds, version: table.version))
      return .success(table.metrics.count - 1)
    }
    return try result.get()
  }

  /// Changes the number with these labels. False: the metric has as many of them as it may.
  @discardableResult
  func change(_ index: Int, _ labels: [MetricFamily.Label], _ change: (inout Double) -> Void) -> Bool {
    table.withLock { table in
      guard enter(&table, index, labels) else { return false }
      change(&table.metrics[index].numbers[labels, default: 0])
      return true
    }
  }

  /// Counts a value. False: as for `change`.
  @discardableResult
  func observe(_ index: Int, _ labels: [MetricFamily.Label], _ value: Double) -> Bool {
    table.withLock { table in
      guard enter(&table, index, labels) else { return false }
      let bounds = table.metrics[index].bounds
      table.metrics[index].histograms[labels, default: Histogram(bounds: bounds)].observe(value)
      return true
    }
  }

  private func enter(_ table: inout Table, _ index: Int, _ labels: [MetricFamily.Label]) -> Bool {
    guard table.metrics.indices.contains(index) else { return false }
    let metric = table.metrics[index]
    if metric.numbers[labels] != nil || metric.histograms[labels] != nil { return true }
    guard metric.order.count < Limits.Lua.labelSets else {
      table.refused &+= 1
      return false
    }
    table.metrics[index].order.append(labels)
    return true
  }

  /// Another version of the script begins: its metrics go on, and may be other ones.
  func beginVersion() { table.withLock { $0.version += 1 } }

  /// Changes that were not counted, because their metric had too many labels.
  var refused: UInt64 { table.withLock(\.refused) }

  /// Everything, with the script's name as a label.
  func families(script: String) -> [MetricFamily] {
    let own = MetricFamily.Label("script", script)
    return table.withLock { table in
      table.metrics.map { metric in
        var samples: [MetricFamily.Sample] = []
        for labels in metric.order {
          if let number = metric.numbers[labels] { samples.append(.init(number, labels: [own] + labels)) }
          if let histogram = metric.histograms[labels] { samples += histogram.samples([own] + labels) }
        }
        if metric.order.isEmpty {
          samples =
            metric.kind == .histogram
            ? Histogram(bounds: metric.bounds).samples([own]) : [.init(0, labels: [own])]
        }
        return MetricFamily(metric.name, metric.kind, metric.help, samples)
      }
    }
  }
}
