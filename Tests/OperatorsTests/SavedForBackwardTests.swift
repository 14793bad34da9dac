import ModelGraph
import Testing

@testable import Operators

/// What eager PyTorch 2.15 keeps between forward and backward, as measured on single operators.
@Suite struct SavedForBackwardTests {
  /// The saved tensors that are neither parameters nor the loss itself.
  @Test(
    arguments: [
      ("Conv", [.input(0)]), ("ConvTranspose", [.input(0)]), ("Gemm", [.input(0)]),
      ("BatchNormalization", [.input(0), .auxiliary(0), .auxiliary(1)]),
      ("GroupNormalization", [.input(0), .auxiliary(0), .auxiliary(1)]),
      ("LayerNormalization", [.input(0), .auxiliary(0), .auxiliary(1)]),
      ("RMSNormalization", [.input(0), .auxiliary(0)]),
      ("Relu", [.output(0)]), ("Sigmoid", [.output(0)]), ("Tanh", [.output(0)]),
      ("Exp", [.output(0)]), ("Sqrt", [.output(0)]), ("Reciprocal", [.output(0)]),
      ("Softmax", [.output(0)]), ("LogSoftmax", [.output(0)]),
      ("LeakyRelu", [.input(0)]), ("Elu", [.input(0)]), ("Gelu", [.input(0)]),
      ("Silu", [.input(0)]), ("Mish", [.input(0)]), ("HardSwish", [.input(0)]),
      ("HardSigmoid", [.input(0)]), ("Softplus", [.input(0)]), ("Erf", [.input(0)]),
      ("Sin", [.input(0)]), ("Log", [.input(0)]), ("Abs", [.input(0)]), ("Clip", [.input(0)]),
      ("Neg", []), ("Add", []), ("Sub", []), ("ReduceMean", []), ("ReduceSum", []), ("CumSum", []),
      ("GlobalAveragePool", []), ("AveragePool", [.input(0)]),
      ("MaxPool", [.input(0), .auxiliary(0)]), ("GlobalMaxPool", [.input(0), .auxiliary(0)]),
      ("Dropout", [.auxiliary(0)]),
    ] as [(OperatorName, Set<Operand>)])
  func `what is saved is what PyTorch saves`(name: OperatorName, expected: Set<Operand>) throws {
    let definition = try #require(OperatorCatalog.standard[name])
    let all = Set(definition.example.call.inputs.indices)
    let parameters = all.subtracting([0]).map { Operand.input($0) }
    let statistics: Set<Operand> = [.output(1), .output(2)]
    let saved = definition.savedForBackward(differentiating: all)
    #expect(saved.subtracting(parameters).subtracting(statistics) == expected)
  }

  @Test(
    arguments: [
      ("BatchNormalization", [8, 64, 7, 7], [64, 64], DataType.float32, .float32),
      ("InstanceNormalization", [8, 64, 7, 7], [512, 512, 512], .float32, .float32),
      ("Dropout", [8, 64, 7, 7], [25_088], .float32, .bool),
      ("LayerNormalization", [8, 196, 768], [1568, 1568], .bfloat16, .float32),
      ("RMSNormalization", [8, 196, 768], [1568], .bfloat16, .float32),
    ] as [(OperatorName, Shape, [Int], DataType, DataType)])
  func `auxiliaries have the sizes that PyTorch's have`(
    name: OperatorName, input: Shape, counts: [Int], type: DataType, auxiliary: DataType
  ) throws {
    let definition = try #require(OperatorCatalog.standard[name])
    var call = definition.example.call
    call.inputs[0] = .tensor(type, input)
    call.outputCount = 1
    let found = definition.auxiliaries.compactMap { $0.type(call) }
    #expect(found.map(\.elementCount) == counts)
    #expect(found.allSatisfy { $0.dataType == auxiliary })
  }

  @Test func `group statistics have the type of the input`() {
    let call = OperatorCall(
      [.tensor(.bfloat16, [8, 64, 7, 7])], attributes: ["num_groups": .integer(32)])
    let found = OperatorDefinition.groupNormalization.auxiliaries.map { $0.type(call) }
    #expect(found == Array(repeating: TensorType(.bfloat16, [8, 32]), count: 2))
  }

  @Test(arguments: [(197, DataType.float32, 224), (49, .float32, 64), (197, .bfloat16, 197)])
  func `rows of attention statistics are padded for float32`(
    length: Int, type: DataType, expected: Int
  ) {
    let operand = ValueType.tensor(type, [8, 12, length, 64])
    let call = OperatorCall([operand, operand, operand])
    let found = OperatorDefinition.attention.auxiliaries.first?.type(call)
    #expect(found == TensorType(.float32, [8, 12, expected]))
  }

  @Test func `a mask that is an output is not made twice`() {
    let call = OperatorCall([.tensor(.float32, [2, 3])], outputCount: 2)
    #expect(OperatorDefinition.dropout.auxiliaries[0].type(call) == nil)
  }

  @Test func `what backward reads is not overwritten in training`() {
    #expect(OperatorDefinition.silu.overwritableInputs(differentiating: [0]) == [])
    #expect(OperatorDefinition.silu.overwritableInputs(differentiating: []) == [0])
    #expect(OperatorDefinition.relu.overwritableInputs(differentiating: [0]) == [0])
  }
}
