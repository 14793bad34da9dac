public import ModelGraph

/// What the parameters of a model are for, and which of their names share a tensor.
public struct ParameterParts: Hashable, Sendable {
  /// The parameters under every name, so that a tensor of two names counts twice.
  public var countingTiedTwice: Tally

  /// The names that share a tensor, in order of appearance.
  public var tied: [TiedTensor]

  /// Tables of which rows are looked up: of tokens, of positions.
  public var embedding: Tally

  /// The weight of the map to the vocabulary, where it is no other tensor's too.
  public var head: Tally

  /// The experts among which routers choose; those that every token goes through are not of them.
  public var experts: Tally

  /// How experts are chosen; `nil` if there are none, or nothing says.
  public var routing: ExpertRouting?

  /// The parameters that a token goes through; `nil` where nothing says how many experts it uses.
  public var active: Tally?

  /// A tensor of several names.
  public struct TiedTensor: Hashable, Sendable {
    public var names: [String]
    public var content: Tally

    public init(names: [String], content: Tally) {
      self.names = names
      self.content = content
    }
  }

  public init(
    countingTiedTwice: Tally = .zero, tied: [TiedTensor] = [], embedding: Tally = .zero,
    head: Tally = .zero, experts: Tally = .zero, routing: ExpertRouting? = nil,
    active: Tally? = nil
  ) {
    self.countingTiedTwice = countingTiedTwice
    self.tied = tied
    self.embedding = embedding
    self.head = head
    self.experts = experts
    self.routing = routing
    self.active = active
  }
}
