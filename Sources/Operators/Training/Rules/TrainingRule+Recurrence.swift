import ModelGraph

extension TrainingRule {
  /// Layers that cuDNN runs: it is given room for what the backward pass needs, and makes all weights' gradients in one
  /// tensor.
  ///
  /// Source: `_cudnn_rnn` of `ATen/native/cudnn/RNN.cpp`, PyTorch 2.15. The size of the room is estimated.
  static let stackedRecurrence = TrainingRule { dispatcher, call in
    guard let sizes = try? StackedRecurrence(call.call) else {
      return TrainingRule.opaque(&dispatcher, call)
    }
    let inputs = call.inputs.map { $0.map { dispatcher.lowered($0) } }
    let type = inputs.first.flatMap { $0?.dataType } ?? .float32
    let kernel = "_cudnn_rnn"
    let y = dispatcher.make(TensorType(type, sizes.output.shape), by: kernel)
    let states = sizes.states.map { dispatcher.make(TensorType(type, $0.shape), by: kernel) }
    let room = dispatcher.make(TensorType(type, [sizes.keptElements]), by: kernel)
    let outputs = [y] + states
    let first = 1 + sizes.states.count
    dispatcher.record(
      "CudnnRnnBackward0", from: inputs, to: outputs, saving: inputs + [y, room]
    ) { dispatcher, call in
      let kernel = "_cudnn_rnn_backward"
      let weights = inputs.dropFirst(first).compactMap(\.self)
      let count = weights.reduce(0) { saturatingSum($0, $1.shape.elementCount) }
      let needsWeights = weights.indices.contains { call.needs(first + $0) }
      let all = needsWeights ? dispatcher.make(TensorType(type, [count]), by: kernel) : nil
      return inputs.enumerated().map { index, input in
        guard call.needs(index), let input else { return nil }
        guard index >= first, let all else { return dispatcher.make(input.layout.type, by: kernel) }
        return dispatcher.share(all, as: input.layout)
      }
    }
    dispatcher.release(room)
    return Array(outputs.prefix(max(1, call.outputs.count)))
  }
}
