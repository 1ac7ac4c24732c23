/// How text looks: what every terminal has, and a colour where it has colours.
public struct Style: Hashable, Sendable {
  /// The number of the foreground colour in the terminal's palette, 0...255; nil: the usual one.
  public var colour: UInt8?
  /// Bold, or brighter.
  public var isBold = false
  /// Darker.
  public var isDim = false
  /// Background and foreground exchanged.
  public var isReverse = false

  /// Text as it usually is.
  public static let plain = Style()

  /// A look; nothing said is the usual one.
  public init(colour: UInt8? = nil, isBold: Bool = false, isDim: Bool = false, isReverse: Bool = false) {
    self.colour = colour
    self.isBold = isBold
    self.isDim = isDim
    self.isReverse = isReverse
  }

  /// The sequence that makes it, whatever was before.
  var sequence: String {
    var codes = ["0"]
    if isBold { codes.append("1") }
    if isDim { codes.append("2") }
    if isReverse { codes.append("7") }
    switch colour {
    case let colour? where colour < 8: codes.append("\(30 + Int(colour))")
    case let colour? where colour < 16: codes.append("\(82 + Int(colour))")
    case let colour?: codes.append("38;5;\(colour)")
    case nil: break
    }
    return "\u{1B}[\(codes.joined(separator: ";"))m"
  }
}

/// Text in which each piece has its look.
public struct StyledText: Hashable, Sendable {
  /// A piece.
  public struct Run: Hashable, Sendable {
    /// What is written.
    public var text: String
    /// How it looks.
    public var style: Style

    /// A piece with a look.
    public init(_ text: String, _ style: Style = .plain) {
      self.text = text
      self.style = style
    }
  }

  /// The pieces, in their order.
  public var runs: [Run]

  /// Several pieces.
  public init(_ runs: [Run]) { self.runs = runs }

  /// A single piece.
  public init(_ text: String, _ style: Style = .plain) { runs = [Run(text, style)] }

  /// The text alone.
  public var text: String { runs.map(\.text).joined() }
}
