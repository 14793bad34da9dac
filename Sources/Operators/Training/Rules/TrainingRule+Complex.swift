import ModelGraph

// Source: `ATen/native/ComplexHelper.h` and `derivatives.yaml`, PyTorch 2.15.

extension TrainingRule {
  static let viewAsComplex = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first, !x.shape.isEmpty else { return x }
    let y = dispatcher.share(x, as: x.layout.paired(as: type.dataType))
    dispatcher.record("ViewAsComplexBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.share($0, as: $0.layout.unpaired(as: x.dataType)) }]
    }
    return y
  }

  /// The gradient is copied where its pairs do not lie in one run.
  static let viewAsReal = TrainingRule.unary { dispatcher, x, call in
    guard let real = x.dataType.partOfComplex else { return x }
    let y = dispatcher.share(x, as: x.layout.unpaired(as: real))
    dispatcher.record("ViewAsRealBackward0", from: [x], to: [y]) { dispatcher, call in
      [
        call.gradient.map { gradient in
          let dense = dispatcher.contiguous(gradient)
          return dispatcher.share(dense, as: dense.layout.paired(as: x.dataType))
        }
      ]
    }
    return y
  }
}

extension TensorLayout {
  /// The layout of pairs of a last axis as single numbers.
  fileprivate func paired(as dataType: DataType) -> TensorLayout {
    TensorLayout(
      TensorType(dataType, Shape(shape.dropLast())), strides: strides.dropLast().map { $0 / 2 })
  }

  /// The layout of single numbers as pairs of a new last axis.
  fileprivate func unpaired(as dataType: DataType) -> TensorLayout {
    TensorLayout(
      TensorType(dataType, shape + [2]), strides: strides.map { saturatingProduct($0, 2) } + [1])
  }
}
