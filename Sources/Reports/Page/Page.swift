public import MemoryAnalysis
public import ModelGraph

/// What there is to say, arranged for reading but not yet written down.
///
/// Every form for people (text, Markdown, CSV) writes pages, so a new section is made once.
public struct Page: Hashable, Sendable {
  public var title: String

  /// What the title stands for: format, sizes.
  public var subtitle: String

  /// The few figures that answer the question.
  public var keyFigures: [KeyFigure]
  public var sections: [Section]
  public var diagnostics: [Diagnostic]

  public struct KeyFigure: Hashable, Sendable {
    public var value: String
    public var caption: String

    public init(_ value: String, _ caption: String) {
      self.value = value
      self.caption = caption
    }
  }

  public init(
    title: String = "", subtitle: String = "", keyFigures: [KeyFigure] = [],
    sections: [Section] = [], diagnostics: [Diagnostic] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.keyFigures = keyFigures
    self.sections = sections
    self.diagnostics = diagnostics
  }
}

/// A part of a page under a heading.
public struct Section: Hashable, Sendable {
  /// The name in CSV, such as `store`.
  public var key: String
  public var title: String
  public var blocks: [Block]

  public init(key: String, title: String, blocks: [Block]) {
    self.key = key
    self.title = title
    self.blocks = blocks
  }
}

/// A piece of a section.
public enum Block: Hashable, Sendable {
  case figures([Figure])
  case table(Table)

  /// A table of two columns laid across the page, one column for each row.
  case strip(Table)
  case timeline(Timeline)
  case verdicts([Verdict])
  case explanations([Explanation])
  case paragraph(String)

  /// Pictures, in forms that have them; a table says the same.
  case arena(ArenaDrawing)
  case frontier(FrontierDrawing)

  /// A command line to copy, never broken.
  case command(String)
}

/// A figure with its name and a word on what it means.
public struct Figure: Hashable, Sendable {
  /// The name in CSV, such as `parameters`.
  public var key: String
  public var label: String
  public var bytes: ByteCount?
  public var count: Int?
  public var note: String

  public init(
    _ key: String, _ label: String, bytes: ByteCount? = nil, count: Int? = nil, note: String = ""
  ) {
    self.key = key
    self.label = label
    self.bytes = bytes
    self.count = count
    self.note = note
  }
}

/// Whether something the user asked for holds.
public struct Verdict: Hashable, Sendable {
  public var holds: Bool
  public var sentence: String

  public init(holds: Bool, sentence: String) {
    self.holds = holds
    self.sentence = sentence
  }
}

/// An amount of memory over the steps of a run.
public struct Timeline: Hashable, Sendable {
  public var title: String
  public var amounts: [ByteCount]

  /// What happens at the largest amount.
  public var peakLabel: String

  /// What runs at each step; empty where that is not told.
  public var labels: [String]

  /// The buffers over the steps; empty unless asked for.
  public var lifetimes: [Lifetime]

  public init(
    title: String, amounts: [ByteCount], peakLabel: String, labels: [String] = [],
    lifetimes: [Lifetime] = []
  ) {
    self.title = title
    self.amounts = amounts
    self.peakLabel = peakLabel
    self.labels = labels
    self.lifetimes = lifetimes
  }
}
