import ModelGraph
import Testing

@testable import Operators

/// Calls that no honest file makes: every rule answers or throws, and none traps.
@Suite struct HostileCallTests {
  private static let numbers = [Int.max, .min, 1 << 48, 1 << 31, -1, 0, 3]

  private static let attributeNames = [
    "axis", "group", "num_groups", "size", "hidden_size", "output_height", "output_width",
    "num_heads", "kv_num_heads", "q_num_heads", "block_size", "bits", "N", "K", "k", "to", "dtype",
    "targets", "n_targets", "sample_size", "max_map", "gather_axis", "quantize_axis", "layout",
    "stash_type", "output_dtype", "expert_weight_bits",
  ]

  private static let listNames = [
    "kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape", "axes",
    "shape", "pooled_shape", "qkv_hidden_sizes", "inputdimensions", "perm", "split",
  ]

  @Test func `integer attributes may be anything`() {
    for definition in OperatorCatalog.standard.all {
      for name in Self.attributeNames {
        for number in Self.numbers {
          var call = definition.example.call
          call.attributes[name] = .integer(number)
          exercise(definition, call)
        }
      }
    }
  }

  @Test func `lists of integers may be anything`() {
    for definition in OperatorCatalog.standard.all {
      for name in Self.listNames {
        for number in Self.numbers {
          for count in [0, 2, 3, 4] {
            var call = definition.example.call
            call.attributes[name] = .integers(Array(repeating: number, count: count))
            exercise(definition, call)
          }
        }
      }
    }
  }

  @Test func `operands may have any shape, type and contents`() {
    let shapes: [Shape] = [
      [], [0], [1], [5], [1 << 47], [0, 1 << 47], [1 << 47, 0, 1 << 47], [2, 3], [1, 1, 1],
      [0, 0, 0, 0], [1 << 20, 1 << 20, 1], [2, 3, 4, 5], [1, 2, 3, 4, 5, 6],
    ]
    for definition in OperatorCatalog.standard.all {
      for index in definition.example.call.inputs.indices {
        for shape in shapes {
          for version in [1, 6, 12, 26] {
            var call = definition.example.call
            call.version = version
            call.inputs[index] = .tensor(.int64, shape)
            call.values[index] = nil
            exercise(definition, call)
          }
        }
        exerciseContents(definition, index)
      }
    }
  }

  @Test func `operands may be missing`() {
    for definition in OperatorCatalog.standard.all {
      for index in definition.example.call.inputs.indices {
        for replacement in [nil, .unknown, .sequence([]), .optional(nil)] as [ValueType?] {
          var call = definition.example.call
          call.inputs[index] = replacement
          call.values[index] = nil
          exercise(definition, call)
        }
        var call = definition.example.call
        call.inputs = Array(call.inputs.prefix(index))
        call.values = Array(call.values.prefix(index))
        exercise(definition, call)
      }
    }
  }

  private func exerciseContents(_ definition: OperatorDefinition, _ index: Int) {
    for number in Self.numbers {
      for count in [0, 1, 2, 4] {
        var call = definition.example.call
        let type = TensorType(.int64, [count])
        call.inputs[index] = .tensor(type)
        call.values[index] = TensorValue(type, .integers(Array(repeating: number, count: count)))
        exercise(definition, call)
      }
    }
  }

  /// Asks everything that the analyses ask.
  private func exercise(_ definition: OperatorDefinition, _ call: OperatorCall) {
    for outputs in [1, 3] {
      var call = call
      call.outputCount = outputs
      for auxiliary in definition.auxiliaries { _ = auxiliary.type(call)?.byteCount }
      guard let types = try? definition.shape(call) else { continue }
      _ = definition.work(call, outputs: types).operations
      _ = definition.layer(call)
      let count = types.map(\.elementCount).reduce(0) { saturatingSum($0, $1) }
      guard count <= TensorValue.maximumElementCount else { continue }
      _ = try? definition.evaluation?(call, outputs: types)
    }
  }
}
