// Recurrent networks of several layers in one operator, as PyTorch hands them to cuDNN.

package import ModelGraph

extension OperatorDefinition {
  static let pyTorchRecurrence: [OperatorDefinition] = [stackedRecurrence]

  /// The states of the last layer at every step, then the last states of all layers, of an input, as many states as the
  /// attribute `states` says, and the weights and biases of all layers.
  ///
  /// `batch_first` says that examples come before steps; what cuDNN keeps of each step is `kept` vectors for each layer.
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html>
  public static let stackedRecurrence = OperatorDefinition(
    "StackedRecurrence",
    shape: .stackedRecurrence,
    gradients: (0..<mostOperands).map { .of($0, reads: .input(0), .output(0)) },
    work: .stackedRecurrence,
    training: .stackedRecurrence,
    layer: .always(.recurrent),
    example: Example(
      OperatorCall(
        [
          [8, 20, 64], [1, 8, 128], [1, 8, 128], [512, 64], [512, 128], [512], [512],
        ].map { .tensor(.float32, $0) },
        attributes: ["states": .integer(2), "kept": .integer(5), "batch_first": .integer(1)],
        outputCount: 3),
      [[8, 20, 128], [1, 8, 128], [1, 8, 128]].map { .tensor(.float32, $0) }))

  /// An input, two states, and four tensors for each of sixteen layers in two directions.
  private static let mostOperands = 3 + 4 * 16 * 2
}

/// The sizes of recurrent layers.
package struct StackedRecurrence {
  let input: TensorType

  /// The types of the last states.
  let states: [TensorType]

  /// The layers, those of two directions counted twice.
  let layers: Int

  /// How often a step of an example runs.
  let steps: Int

  let isBidirectional: Bool

  /// The vectors that cuDNN keeps of each step of a layer.
  private let vectors: Int

  init(_ call: OperatorCall) throws(ShapeError) {
    let input = try call.tensor(0)
    guard 2...3 ~= input.rank else {
      throw .rank(input: 0, expected: "rank 2 or 3", found: input.shape)
    }
    let examples = input.rank < 3 ? nil : input.shape[call.attributes.flag("batch_first") ? 0 : 1]
    let count = call.attributes.integer("states") ?? 1
    guard 1...2 ~= count else {
      throw .attribute(name: "states", expected: "1 or 2", found: "\(count)")
    }
    var states: [TensorType] = []
    for index in 1...count {
      var state = try call.tensor(index)
      guard state.rank == input.rank else {
        throw .rank(input: index, expected: "rank \(input.rank)", found: state.shape)
      }
      if let examples { state.shape[1] = examples }
      states.append(state)
    }
    self.input = input
    self.states = states
    isBidirectional = call.attributes.flag("bidirectional")
    vectors = call.attributes.integer("kept") ?? 1
    layers = states[0].shape[0]
    steps = Shape(input.shape.dropLast()).elementCount
  }

  var output: TensorType {
    var output = input
    output.shape[output.rank - 1] = saturatingProduct(
      states[0].shape.last ?? 1, isBidirectional ? 2 : 1)
    return output
  }

  /// The elements that the forward pass leaves for the backward pass: some vectors of every step of each layer, and
  /// what layers hand on to the next.
  ///
  /// cuDNN does not say. In two threads it was seen to ask for 736,000,000 bytes for an LSTM, for 864,000,000 for gated units,
  /// and for 801,177,600: five, six and six vectors, with the sizes that the numbers of parameters and the inputs there lead
  /// to. <https://github.com/pytorch/pytorch/issues/2895>, <https://github.com/SeanNaren/deepspeech.pytorch/issues/172>
  var keptElements: Int {
    let width = (states.last ?? states[0]).shape.last ?? 1
    let last = isBidirectional ? 2 : 1
    let count = saturatingSum(saturatingProduct(layers, vectors), max(0, layers - last))
    return saturatingProduct(saturatingProduct(steps, width), count)
  }
}

extension StackedRecurrence {
  /// The bytes that cuDNN is taken to keep for a call; `nil` if its sizes do not go together.
  package static func reserve(_ call: OperatorCall) -> ByteCount? {
    guard let sizes = try? StackedRecurrence(call) else { return nil }
    return sizes.input.dataType.byteCount(ofElements: sizes.keptElements)
  }
}

extension ShapeRule {
  fileprivate static let stackedRecurrence = ShapeRule { call throws(ShapeError) in
    let sizes = try StackedRecurrence(call)
    let all = [sizes.output] + sizes.states
    return all.prefix(max(1, call.outputCount)).map { .tensor($0) }
  }
}

extension WorkRule {
  /// Every step multiplies its input and the states with the weights.
  fileprivate static let stackedRecurrence = WorkRule { call, _ in
    guard let sizes = try? StackedRecurrence(call) else { return .zero }
    let matrices = call.inputs.dropFirst(1 + sizes.states.count).compactMap {
      $0?.tensorType?.shape
    }
    .filter { $0.count == 2 }
    let weights = matrices.reduce(0) { saturatingSum($0, $1.elementCount) }
    return Work(multiplyAccumulates: saturatingProduct(sizes.steps, weights))
  }
}
