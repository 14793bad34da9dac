/// What an optimizer keeps for each parameter, and what one step of it takes.
///
/// PyTorch's default on CUDA works on lists of all parameters at once (`foreach`), so that a
/// temporary is as large as all parameters; `fused` kernels take none; loops take one parameter's.
/// <https://docs.pytorch.org/docs/stable/optim.html>
public struct Optimizer: Hashable, Sendable {
  /// The name on the command line, such as `adamw:fused`.
  public let name: String

  /// What is done to which parameters, one after the other.
  let parts: [Part]

  /// Whether the constructor makes the state, not the first step.
  let makesStateAtOnce: Bool

  /// One way to step some of the parameters.
  struct Part: Hashable, Sendable {
    var selection = Selection.all

    /// The tensors kept for each parameter.
    var state: [OptimizerState] = []

    /// What each step allocates, in order.
    var step: [OptimizerInstruction] = []
  }

  enum Selection: Hashable, Sendable {
    case all, matrices, others
  }

  /// Whether one kernel does all, the scaler's work too.
  var isFused: Bool { name.split { $0 == ":" || $0 == "," }.contains("fused") }

  init(
    _ name: String, state: [OptimizerState] = [], makesStateAtOnce: Bool = false,
    step: [OptimizerInstruction] = []
  ) {
    self.init(
      name, parts: [Part(state: state, step: step)], makesStateAtOnce: makesStateAtOnce)
  }

  init(_ name: String, parts: [Part], makesStateAtOnce: Bool = false) {
    self.name = name
    self.parts = parts
    self.makesStateAtOnce = makesStateAtOnce
  }

  /// The same optimizer under another name.
  func named(_ name: String) -> Optimizer {
    Optimizer(name, parts: parts, makesStateAtOnce: makesStateAtOnce)
  }
}

/// A tensor that an optimizer keeps for a parameter.
enum OptimizerState: Hashable, Sendable {
  /// As large as the parameter and of its type.
  case likeParameter(String)

  /// The sums of rows and of columns, or of vectors all elements.
  case factors

  /// One `float32` number on the device.
  case number(String)

  /// Moments of one byte an element, with a `float32` scale for each block of elements.
  case blockwise(moments: Int)
}

/// A family of optimizers: one algorithm and the options that change its memory.
struct OptimizerFamily: Sendable {
  let name: String

  /// The options, in the order in which names spell them.
  let options: [String]

  /// Those of which only one can be chosen.
  private static let exclusive: Set<String> = ["fused", "loop"]
  let make: @Sendable (OptimizerChoice) -> Optimizer

  /// The optimizer with some of the options; `nil` if they do not go together.
  func optimizer(_ chosen: Set<String>) -> Optimizer? {
    guard chosen.isSubset(of: options), chosen.intersection(Self.exclusive).count <= 1 else {
      return nil
    }
    let spelled = options.filter(chosen.contains).joined(separator: ",")
    return make(OptimizerChoice(options: chosen))
      .named(spelled.isEmpty ? name : "\(name):\(spelled)")
  }
}

extension OptimizerFamily {
  /// The optimizer with none of the options.
  var plain: Optimizer { make(OptimizerChoice(options: [])).named(name) }
}

/// The options that were chosen of a family's.
struct OptimizerChoice: Sendable {
  let options: Set<String>

  func has(_ option: String) -> Bool { options.contains(option) }
  var decaysWeights: Bool { has("weight-decay") }
  var isLoop: Bool { has("loop") }
  var isFused: Bool { has("fused") }
}

extension Optimizer {
  /// Every algorithm that is modelled.
  static let families: [OptimizerFamily] = [
    .none, .sgd, .adam, .adamW, .nAdam, .rAdam, .adamax, .adagrad, .adadelta, .rmsProp, .asgd,
    .rprop, .adafactor, .muon, .lion, .lion8bit, .adam8bit, .adamW8bit,
  ]

  /// Every algorithm with none and with each one of its options.
  public static var all: [Optimizer] {
    families.flatMap { family in
      ([[]] + family.options.map { [$0] }).compactMap { family.optimizer($0) }
    }
  }

  /// The optimizer of a name such as `sgd:momentum,nesterov`, its options in any order.
  public static func named(_ name: String) -> Optimizer? {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let options = parts.count < 2 ? [] : parts[1].split(separator: ",").map { String($0) }
    guard let family = families.first(where: { $0.name == parts[0] }),
      Set(options).count == options.count, parts.count < 2 || !options.isEmpty
    else { return nil }
    return family.optimizer(Set(options))
  }

  /// No step: the gradients are made and dropped.
  public static let none = Optimizer("none")

  public static let sgd = OptimizerFamily.sgd.plain
  public static let adam = OptimizerFamily.adam.plain
  public static let adamW = OptimizerFamily.adamW.plain
}

extension OptimizerFamily {
  static let none = OptimizerFamily(name: "none", options: []) { _ in .none }
}
