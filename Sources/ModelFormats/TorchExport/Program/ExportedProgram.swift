import ByteFormats
import ModelGraph

/// What `models/model.json` of an archive says: a graph of PyTorch's operators, and what its inputs
/// and outputs are to the model.
///
/// <https://github.com/pytorch/pytorch/blob/main/torch/_export/serde/schema.py>
struct ExportedProgram: Sendable {
  var body = ExportedBody()

  /// What the graph's inputs stand for, by the input's name; inputs of the user are not among them.
  var stored: NameMap<StoredInput> = [:]

  /// The paths of all modules, each before those in it, as the model lists them; empty if the file does not tell.
  var modules: [String] = []

  /// The sizes that symbols had in the sample inputs.
  var hints: [String: Int] = [:]

  /// The sizes for which the export holds.
  var ranges: [String: SizeRange] = [:]

  /// The version of PyTorch that wrote it.
  var torchVersion = ""

  /// Whether the graph computes gradients too.
  var hasGradients = false

  /// The loss of such a graph.
  var loss: String?

  /// The places of outputs that take over inputs, as new running statistics do: what works in place without them.
  var writtenOutputs: Set<Int> = []

  /// Whether autograd makes gradients of any parameters; an export for inference may say none.
  var hasTrainedParameters = false

  /// The graph, as far as the loss where gradients follow it, in the operators that modules call.
  var forward: ExportedBody {
    if hasGradients, let loss { return JointBody(body, loss: loss).forward }
    var body = body
    body.outputs = body.outputs.enumerated().filter { !writtenOutputs.contains($0.offset) }
      .map(\.element)
    return JointBody(ofCoreOperators: body)?.forward ?? body
  }

  /// Whether a model of Hugging Face's transformers was exported.
  var isOfTransformers: Bool { body.isOfTransformers }

  struct StoredInput: Hashable, Sendable {
    var name: String
    var role: Tensor.Role
  }

  struct SizeRange: Hashable, Sendable {
    var lowest: Int?
    var highest: Int?
  }
}

/// One call of an operator.
struct ExportedNode: Hashable, Sendable {
  var target = AtenTarget.none
  var name = ""
  var arguments: [Argument] = [] {
    didSet { tensorNames = arguments.flatMap(\.value.tensorNames) }
  }

  /// The tensors that it is given, in order.
  private(set) var tensorNames: [String] = []

  /// The tensors it makes; `nil` where one is left out.
  var outputs: [String?] = []

  /// The path of the module call that made it.
  var module = ""

  /// Whether autograd does not watch it.
  var isDetached = false

  /// Whether autocast is switched off where it runs.
  var isUncast = false

  /// The type that autocast, which the module itself switches on where it runs, lowers to; and whether it ends there.
  var autocast: DataType?
  var endsAutocast = false

  /// The places in that path of lists of modules, which hold others and are not called.
  var lists: [Int] = []

  /// Whether a module of Hugging Face's transformers made it, and whether that is a layer of an encoder.
  var isOfTransformers = false
  var isOfEncoderLayer = false

  /// The paths of the layers that it ran in which transformers has computed again when it is asked to.
  var checkpointedLayers: [String] = []

  /// What Python called it by, such as `float` in `x.float()`; empty if the file does not tell.
  var method = ""

  /// The operator in place that it comes from, without its mark, where a program was taken apart; empty if it is of none.
  var origin = ""

  /// The calls of modules that it ran in, outermost first; empty if the file does not tell.
  var frames: [PythonFrame] = []

  struct Argument: Hashable, Sendable {
    var name: String
    var value: ExportedArgument
  }
}

extension ExportedNode {
  /// The tensor that it is given first, if its first argument is one.
  var operand: String? { arguments.first?.value.tensorNames.first }

  /// The tensor that it is given under a name.
  func tensor(_ name: String) -> String? {
    arguments.first { $0.name == name }?.value.tensorNames.first
  }
}
