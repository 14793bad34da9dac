import ModelGraph

extension OperatorName {
  /// An operator of ONNX's set for classical machine learning.
  static func machineLearning(_ name: String) -> OperatorName {
    OperatorName(name, domain: "ai.onnx.ml")
  }
}

extension ShapeRule {
  /// One number for each target, as many as an attribute says or one.
  static func regression(targets attribute: String?) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      let targets = attribute.flatMap { call.attributes.integer($0) } ?? 1
      return TensorType(.float32, [rowCount(try call.shape(0)), targets])
    }
  }

  /// The label of each row, then its scores.
  static func classification(
    scores: @escaping @Sendable (OperatorCall) -> Int
  ) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      let rows = rowCount(try call.shape(0))
      let labels = ValueType.tensor(
        call.attributes.strings("classlabels_strings") == nil ? .int64 : .string, [rows])
      let outputs = [labels, .tensor(.float32, [rows, scores(call)])]
      return Array(outputs.prefix(max(1, call.outputCount)))
    }
  }
}

/// The number of samples: a vector is one.
func rowCount(_ shape: Shape) -> Int { shape.count > 1 ? shape[0] : 1 }

/// The number of classes whose labels an attribute lists.
func classCount(_ call: OperatorCall) -> Int {
  call.attributes.strings("classlabels_strings")?.count
    ?? call.attributes.integers("classlabels_ints")?.count
    ?? call.attributes.integers("classlabels_int64s")?.count
    ?? 1
}
