/// What an optimizer keeps for each parameter, and what one step of it takes.
///
/// PyTorch's default on CUDA works on lists of all parameters at once (`foreach`), so that a
/// temporary is as large as all parameters; `fused` kernels take none; loops take one parameter's.
/// <https://docs.pytorch.org/docs/stable/optim.html>
public struct Optimizer: Hashable, Sendable {
  /// The name on the command line, such as `adamw:fused`.
  public let name: String

  /// The tensors kept for each parameter.
  let state: [State]

  /// Whether the constructor makes the state, not the first step.
  let makesStateAtOnce: Bool

  /// What each step takes, in order.
  let temporaries: [Temporary]

  enum State: Hashable, Sendable {
    /// As large as the parameter and of its type.
    case likeParameter(String)

    /// The sums of rows and of columns, or of vectors all elements.
    case factors

    /// One `float32` number on the device.
    case number(String)
  }

  enum Temporary: Hashable, Sendable {
    /// A list of tensors like all parameters, made by a kernel, which lives to the end of the step.
    case list(kernel: String)

    /// For each parameter in turn, a chain of kernels each of which makes a tensor like it.
    ///
    /// The result of one parameter lives until that of the next takes its name.
    case loop(kernels: [String])

    /// Adafactor's loop: an update of each parameter from the sums of its rows and columns.
    case adafactor
  }

  /// Whether one kernel does all, the scaler's work too.
  var isFused: Bool { name.hasSuffix("fused") }

  init(
    _ name: String, state: [State] = [], makesStateAtOnce: Bool = false,
    temporaries: [Temporary] = []
  ) {
    self.name = name
    self.state = state
    self.makesStateAtOnce = makesStateAtOnce
    self.temporaries = temporaries
  }
}

extension Optimizer {
  /// Every optimizer that is modelled.
  public static let all: [Optimizer] = [
    none, sgd, sgdMomentum, sgdMomentumFused, adam, adamW, adamWFused, adamWLoop, rmsProp, adagrad,
    adafactor,
  ]

  public static func named(_ name: String) -> Optimizer? { all.first { $0.name == name } }

  /// No step: the gradients are made and dropped.
  public static let none = Optimizer("none")

  public static let sgd = Optimizer("sgd")
  public static let sgdMomentum = Optimizer(
    "sgd:momentum", state: [.likeParameter("momentum_buffer")])
  public static let sgdMomentumFused = Optimizer(
    "sgd:momentum,fused", state: [.likeParameter("momentum_buffer")])

  public static let adam = Optimizer(
    "adam", state: moments, temporaries: [.list(kernel: "_foreach_sqrt")])
  public static let adamW = Optimizer(
    "adamw", state: moments, temporaries: [.list(kernel: "_foreach_sqrt")])
  public static let adamWFused = Optimizer("adamw:fused", state: [.number("step")] + moments)
  public static let adamWLoop = Optimizer(
    "adamw:loop", state: moments, temporaries: [.loop(kernels: ["sqrt", "div_Tensor"])])

  public static let rmsProp = Optimizer(
    "rmsprop", state: [.likeParameter("square_avg")],
    temporaries: [.list(kernel: "_foreach_sqrt")])
  public static let adagrad = Optimizer(
    "adagrad", state: [.likeParameter("sum")], makesStateAtOnce: true,
    temporaries: [.list(kernel: "_foreach_sqrt"), .list(kernel: "_foreach_mul")])

  /// Shazeer and Stern, 2018. <https://arxiv.org/abs/1804.04235>
  public static let adafactor = Optimizer(
    "adafactor", state: [.factors], temporaries: [.adafactor])

  private static let moments = [State.likeParameter("exp_avg"), .likeParameter("exp_avg_sq")]
}
