/// How the weights of a checkpoint are packed, as its configuration says.
public struct WeightPacking: Hashable, Sendable {
  /// The name of the method, such as `gptq`.
  public var method: String

  /// What is stored of each matrix, in words.
  public var rule: String

  /// Where the rule is written down.
  public var source: String

  /// The bits of an element, and how whole words of them are filled.
  public var elementBits: Int
  public var filling: Filling
  public var scales: [Grid]

  /// One number for each column of a matrix, such as its group.
  public var bytesPerInput = 0

  /// What every matrix has beside that, such as its shape.
  public var bytesPerMatrix = 0

  /// The bits of an expert's elements and what scales them, where they differ.
  public var expertBits: Int?
  public var expertScale: Grid?

  /// Which matrices are packed.
  public var packsLinear = true
  public var packsExperts = true
  public var packsHead = false

  /// Names of modules that stay as they are; a star stands for anything.
  public var excluded: [String] = []

  /// Names of modules outside of which everything stays; empty if there is no such rule.
  public var included: [String] = []

  /// How elements fill words.
  public enum Filling: Hashable, Sendable {
    /// Words of 32 bits down the inputs of each output.
    case inputs

    /// Words of 32 bits across the outputs of each input.
    case outputs

    /// Bytes, one matrix after its elements' order.
    case bytes
  }

  /// One entry for each rectangle of a matrix, such as a scale or a zero point.
  public struct Grid: Hashable, Sendable {
    public var name: String

    /// The outputs and inputs of a rectangle; all of them if `nil`.
    public var outputs: Int?
    public var inputs: Int?
    public var bits: Int

    /// Whether entries fill words of 32 bits across the outputs.
    public var isFilled = false

    /// The entries of the grid that share one more entry of four bytes; `nil` if none do.
    public var shared: Int?

    /// The elements of one entry, whatever rows they are in; `nil` where rectangles count.
    public var elements: Int?

    public init(
      _ name: String, outputs: Int?, inputs: Int?, bits: Int, isFilled: Bool = false,
      shared: Int? = nil, elements: Int? = nil
    ) {
      self.name = name
      self.outputs = outputs
      self.inputs = inputs
      self.bits = bits
      self.isFilled = isFilled
      self.shared = shared
      self.elements = elements
    }
  }

  public init(
    method: String, rule: String, source: String, elementBits: Int, filling: Filling,
    scales: [Grid]
  ) {
    self.method = method
    self.rule = rule
    self.source = source
    self.elementBits = elementBits
    self.filling = filling
    self.scales = scales
  }
}

extension WeightPacking {
  /// The bytes of one matrix's elements.
  public func elementBytes(outputs: Int, inputs: Int, ofExpert isExpert: Bool) -> Int {
    let bits = isExpert ? expertBits ?? elementBits : elementBits
    return switch filling {
    case .inputs: (inputs * bits).wordBytes * outputs
    case .outputs: (outputs * bits).wordBytes * inputs
    case .bytes: (outputs * inputs * bits).dividedRoundingUp(by: 8)
    }
  }

  /// The bytes of all that is stored beside them.
  public func sideBytes(outputs: Int, inputs: Int, ofExpert isExpert: Bool) -> Int {
    let grids = isExpert ? expertScale.map { [$0] } ?? scales : scales
    return grids.reduce(bytesPerInput * inputs + bytesPerMatrix) {
      $0 + $1.bytes(outputs: outputs, inputs: inputs)
    }
  }

  /// Whether a module of this name stays as it is.
  public func excludes(module name: String) -> Bool {
    if excluded.contains(where: { name.matches(module: $0) }) { return true }
    return !included.isEmpty && !included.contains { name.matches(module: $0) }
  }
}

extension WeightPacking.Grid {
  fileprivate func bytes(outputs: Int, inputs: Int) -> Int {
    let rows = self.outputs.map { outputs.dividedRoundingUp(by: max(1, $0)) } ?? 1
    let columns = self.inputs.map { inputs.dividedRoundingUp(by: max(1, $0)) } ?? 1
    if isFilled { return (rows * bits).wordBytes * columns }
    let entries =
      elements.map { (outputs * inputs).dividedRoundingUp(by: max(1, $0)) } ?? rows * columns
    return (entries * bits).dividedRoundingUp(by: 8)
      + (shared.map { entries.dividedRoundingUp(by: max(1, $0)) * 4 } ?? 0)
  }
}

extension Int {
  /// The bytes of words of 32 bits that hold so many bits.
  fileprivate var wordBytes: Int { dividedRoundingUp(by: 32) * 4 }
}

extension String {
  /// Whether a pattern names the module, one around it, or the end of its path.
  fileprivate func matches(module pattern: String) -> Bool {
    guard !pattern.isEmpty else { return false }
    guard pattern.contains("*") else {
      return self == pattern || hasPrefix(pattern + ".") || hasSuffix("." + pattern)
    }
    return NamePattern(pattern).matches(self) || NamePattern(pattern + ".*").matches(self)
  }
}
