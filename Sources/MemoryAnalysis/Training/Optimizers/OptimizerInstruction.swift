/// What a line of an optimizer's Python code means for memory.
///
/// Variables live as Python's do: what one holds goes when it is given something else, after that
/// was made, and at the end of the step, in the order in which variables first appeared.
enum OptimizerInstruction: Hashable, Sendable {
  /// A chain of kernels each of which makes a tensor; a variable holds the last.
  ///
  /// Outside ``each(_:)`` it makes a list with one for every parameter.
  case make(String, [String], Extent = .parameter)

  /// A variable is deleted, or given something that lives anyway.
  case drop(String)

  /// A variable is given what another held.
  case move(String, String)

  /// A list goes but for its last tensor, which another variable holds.
  case keepLast(of: String, in: String)

  /// A chain of kernels each of which makes a tensor; nothing holds the last.
  case scratch([String], Extent = .parameter)

  /// The norm of a parameter, or of a copy of it in 16 bits, with what the reduction takes.
  case norm(ofHalf: Bool)

  /// The state is made unless it is there; without this instruction, before the step.
  case makeState

  /// The instructions for one parameter after the other.
  case each([OptimizerInstruction])

  /// Adafactor's loop: an update of each parameter from the sums of its rows and columns.
  case adafactor

  /// How large a tensor is for a parameter.
  enum Extent: Hashable, Sendable {
    /// As large as the parameter and of its type.
    case parameter

    /// A boolean an element.
    case mask

    /// A number of bytes, whatever the parameter.
    case bytes(Int)

    /// A 16-bit number an element.
    case half

    /// The same, made of what lies with its axes swapped if the parameter is taller than wide.
    case halfOfSwapped

    /// A 16-bit number for each pair of rows, or of columns if there are fewer.
    case gram
  }

  static func make(_ name: String, _ kernel: String) -> OptimizerInstruction {
    .make(name, [kernel])
  }

  /// Whether the instruction, or one for each parameter, makes the state.
  var makesState: Bool {
    switch self {
    case .makeState: true
    case .each(let body): body.contains(where: \.makesState)
    default: false
    }
  }
}

extension [OptimizerInstruction] {
  /// The gradients with the decay added, as a new list.
  static func decay(_ name: String, if isOn: Bool) -> [OptimizerInstruction] {
    isOn ? [.make(name, "_foreach_add_List")] : []
  }

  /// The gradient of one parameter, with the decay added as a new tensor.
  static func gradient(decaying isOn: Bool) -> [OptimizerInstruction] {
    [.drop("grad")] + (isOn ? [.make("grad", "add_Tensor")] : [])
  }
}
