import ModelGraph

extension TrainingRule {
  /// The same elements in the output's shape.
  static let reshaping = TrainingRule.unary { dispatcher, x, call in
    let shape = call.outputs.first?.shape ?? x.shape
    return dispatcher.reshape(x, shape)
  }

  static let permutation = TrainingRule.unary { dispatcher, x, call in
    let reversed = Array(x.shape.indices.reversed())
    return dispatcher.permute(x, call.attributes.integers("perm") ?? reversed)
  }

  static let expansion = TrainingRule.unary { dispatcher, x, call in
    dispatcher.expand(x, to: call.outputs.first?.shape ?? x.shape)
  }

  static let selection = TrainingRule.unary { dispatcher, x, call in
    let axis = call.attributes.integer("axis") ?? 0
    let layout = x.layout.selected(axis: axis < 0 ? axis + x.shape.count : axis)
    return dispatcher.part(x, as: layout, gradientBy: "select_backward")
  }

  static let narrowing = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first, type.rank == x.shape.count else { return x }
    guard let axis = x.shape.indices.first(where: { x.shape[$0] != type.shape[$0] }) else {
      return x
    }
    let step = call.attributes.integer("step") ?? 1
    let layout = x.layout.narrowed(axis: axis, to: type.shape[axis], step: step)
    return dispatcher.part(x, as: layout, gradientBy: "slice_backward")
  }

  /// Equal parts of one axis; the gradient joins theirs.
  static let chunking = TrainingRule { dispatcher, call in
    guard let x = call.input(0) else { return [] }
    let parts = call.outputs.map {
      let type = TensorType(x.dataType, $0.shape)
      return dispatcher.share(x, as: TensorLayout(type, strides: x.layout.strides))
    }
    dispatcher.record("SplitBackward0", from: [x], to: parts) { dispatcher, call in
      for (gradient, part) in zip(call.gradients, parts) where gradient == nil {
        _ = dispatcher.make(part.layout.type, by: "zeros")
      }
      return [dispatcher.make(x.layout.type, by: "cat")]
    }
    return parts
  }

  static let contiguousCopy = TrainingRule.unary { dispatcher, x, _ in dispatcher.contiguous(x) }

  /// Tensors joined along an axis; the gradients are parts of the output's.
  static let concatenation = TrainingRule { dispatcher, call in
    let parts = call.inputs.compactMap(\.self)
    guard let type = call.outputs.first, !parts.isEmpty else { return [] }
    let widest = parts.map(\.dataType).reduce(parts[0].dataType, promoted)
    let areLast = parts.allSatisfy(\.layout.suggestsChannelsLast)
    let joined = TensorType(widest, type.shape)
    let y = dispatcher.make(
      areLast ? TensorLayout(channelsLast: joined) : TensorLayout(joined), by: "cat")
    let rank = type.rank
    let axis = call.attributes.integer("axis") ?? 0
    let position = axis < 0 ? axis + rank : axis
    dispatcher.record("CatBackward0", from: parts, to: [y]) { dispatcher, call in
      parts.indices.map { index in
        guard call.needs(index), let gradient = call.gradient else { return nil }
        let layout = gradient.layout.narrowed(
          axis: position, to: parts[index].shape[position])
        return dispatcher.share(gradient, as: layout)
      }
    }
    return [y]
  }
}
