import TestSupport

/// The bytes of ONNX messages, written field by field so that any of them can be wrong.
enum ONNXBytes {
  typealias Write = @Sendable (inout ProtobufWriter) -> Void

  static let float32 = 1
  static let int64 = 7

  /// A model of the current version with one graph.
  static func model(
    version: Int = 8, operatorSet: Int? = 17, functions: [Write] = [], graph: Write
  ) -> [UInt8] {
    ProtobufWriter.message { model in
      model.integer(1, version)
      if let operatorSet { model.message(8) { $0.integer(2, operatorSet) } }
      model.message(7, graph)
      for function in functions { model.message(25, function) }
    }
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", attributes: [Write] = []
  ) -> Write {
    { node in
      for input in inputs { node.string(1, input) }
      for output in outputs { node.string(2, output) }
      if !name.isEmpty { node.string(3, name) }
      node.string(4, type)
      for attribute in attributes { node.message(5, attribute) }
      if !domain.isEmpty { node.string(7, domain) }
    }
  }

  static func body(_ name: String, _ graph: @escaping Write) -> Write {
    { attribute in
      attribute.string(1, name)
      attribute.message(6, graph)
      attribute.integer(20, 5)
    }
  }

  static func attribute(_ name: String, tensor: @escaping Write) -> Write {
    { attribute in
      attribute.string(1, name)
      attribute.message(5, tensor)
      attribute.integer(20, 4)
    }
  }

  static func attribute(_ name: String, integer: Int) -> Write {
    { attribute in
      attribute.string(1, name)
      attribute.integer(3, integer)
      attribute.integer(20, 2)
    }
  }

  /// A stored tensor; the rest of it is up to the caller.
  static func tensor(
    _ name: String, _ dataType: Int, _ dimensions: [Int], rest: @escaping Write = { _ in }
  ) -> Write {
    { tensor in
      for dimension in dimensions { tensor.integer(1, dimension) }
      tensor.integer(2, dataType)
      if !name.isEmpty { tensor.string(8, name) }
      rest(&tensor)
    }
  }

  static func external(_ entries: [(String, String)]) -> Write {
    { tensor in
      for (key, value) in entries {
        tensor.message(13) { entry in
          entry.string(1, key)
          entry.string(2, value)
        }
      }
      tensor.integer(14, 1)
    }
  }

  /// A name with a tensor type; negative and absurd sizes are written as they are.
  static func value(_ name: String, _ dataType: Int, _ dimensions: [Int]) -> Write {
    { value in
      value.string(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, dataType)
          tensor.message(2) { shape in
            for dimension in dimensions { shape.message(1) { $0.integer(1, dimension) } }
          }
        }
      }
    }
  }

  /// A graph of nodes from `x` to `y`, both `float32[1, 4]`.
  static func graph(_ nodes: [Write], rest: @escaping Write = { _ in }) -> Write {
    { graph in
      for node in nodes { graph.message(1, node) }
      graph.string(2, "g")
      rest(&graph)
      graph.message(11, value("x", float32, [1, 4]))
      graph.message(12, value("y", float32, [1, 4]))
    }
  }
}
