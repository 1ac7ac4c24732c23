/// Measurements of one name, as Prometheus collects them.
public struct MetricFamily: Sendable, Equatable {
  /// What kind of number it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// It only grows.
    case counter
    /// It goes up and down.
    case gauge
    /// How often something lay in which range.
    case histogram
  }

  /// One line.
  public struct Sample: Sendable, Equatable {
    /// What stands behind the family's name: `_bucket`, `_sum`, `_count`, or nothing.
    public var suffix: String
    /// Name and value, in order.
    public var labels: [Label]
    /// The number.
    public var value: Double

    /// A line.
    public init(_ value: Double, labels: [Label] = [], suffix: String = "") {
      self.suffix = suffix
      self.labels = labels
      self.value = value
    }
  }

  /// A name and a value that tell samples of one name apart.
  public struct Label: Sendable, Hashable {
    /// Letters, digits and `_`.
    public var name: String
    /// Anything.
    public var value: String

    /// A label.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Letters, digits and `_`.
  public var name: String
  /// One line for people.
  public var help: String
  /// What kind of number it is.
  public var kind: Kind
  /// Its lines.
  public var samples: [Sample]

  /// A family.
  public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }

  /// A family of one number.
  public init(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    self.init(name, kind, help, [Sample(value)])
  }
}

/// The text form that Prometheus reads (exposition format 0.0.4).
public enum PrometheusText {
  /// What `Content-Type` says of it.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Families of the same name become one, in the order of the first; those of another kind than the first are left out.
  public static func text(_ families: [MetricFamily]) -> String {
    var order: [String] = []
    var merged: [String: MetricFamily] = [:]
    for family in families {
      guard var earlier = merged[family.name] else {
        order.append(family.name)
        merged[family.name] = family
        continue
      }
      guard earlier.kind == family.kind else { continue }
      earlier.samples += family.samples
      merged[family.name] = earlier
    }
    var text = ""
    for family in order.compactMap({ merged[$0] }) {
      text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
      text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for sample in family.samples {
        text += family.name + sample.suffix
        if !sample.labels.isEmpty {
          let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
          text += "{\(labels.joined(separator: ","))}"
        }
        text += " \(number(sample.value))\n"
      }
    }
    return text
  }

  /// A number as both Go and Swift write it.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      // Nothing that a terminal would obey.
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): escaped += "?"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// Counts how often something lay in which range.
public struct Histogram: Sendable, Equatable {
  /// The upper ends of the ranges, growing; what lies above all of them is counted as well.
  public let bounds: [Double]
  private var counts: [UInt64]
  private var sum = 0.0

  /// Upper ends that suit seconds of a network.
  public static let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// - Parameter bounds: growing, without infinity.
  public init(bounds: [Double] = seconds) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.count + 1)
  }

  /// Counts one.
  public mutating func observe(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
    sum += value
  }

  /// Its lines.
  public func samples(_ labels: [MetricFamily.Label] = []) -> [MetricFamily.Sample] {
    var total: UInt64 = 0
    var samples: [MetricFamily.Sample] = []
    for (index, count) in counts.enumerated() {
      total &+= count
      let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
      samples.append(.init(Double(total), labels: labels + [.init("le", bound)], suffix: "_bucket"))
    }
    return samples + [
      .init(sum, labels: labels, suffix: "_sum"), .init(Double(total), labels: labels, suffix: "_count"),
    ]
  }
}
