import ByteFormats
import ModelGraph

extension TensorInterpretation {
  /// The functions that make tensors, by the names under which pickles call them.
  ///
  /// Source: <https://github.com/pytorch/pytorch/blob/main/torch/_utils.py>
  static let constructors: [String: Constructor] = [
    "torch._utils._rebuild_tensor": strided,
    "torch._utils._rebuild_tensor_v2": strided,
    "torch._utils._rebuild_tensor_v3": retyped,
    "torch._utils._rebuild_parameter": parameter,
    "torch._utils._rebuild_parameter_with_state": parameter,
    "torch.nn.parameter.Parameter": parameter,
    "torch.nn.parameter.Buffer": buffer,
    "torch._tensor._rebuild_from_type": rebuilt,
    "torch._tensor._rebuild_from_type_v2": rebuilt,
    "torch.tensor._rebuild_from_type": rebuilt,
    "torch._utils._rebuild_qtensor": quantized,
    "torch._utils._rebuild_sparse_tensor": sparse,
    "torch._utils._rebuild_sparse_csr_tensor": sparse,
    "torch._utils._rebuild_nested_tensor": nested,
    "torch.nested._internal.nested_tensor._rebuild_njt": jagged,
    "torch._utils._rebuild_meta_tensor_no_storage": meta,
    "torch._utils._rebuild_wrapper_subclass": wrapper,
    "torch._utils._rebuild_device_tensor_from_numpy": onDevice,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": onDevice,
    "torch._utils._rebuild_xla_tensor": onDevice,
  ]

  // MARK: One storage

  /// Takes `(storage, offset, sizes, strides, requires_grad, …)`.
  private static let strided: Constructor = { reading, call, _ throws(FormatError) in
    guard let storage = try reading.storage(call[0]) else { return nil }
    return reading.tensor(storage.dataType, storage, call, trained: call[4])
  }

  /// `(storage, offset, sizes, strides, requires_grad, hooks, type, …)`, the storage in bytes.
  private static let retyped: Constructor = { reading, call, _ throws(FormatError) in
    guard let storage = try reading.storage(call[0]), let type = reading.dataType(call[6]) else {
      return nil
    }
    return reading.tensor(type, storage, call, trained: call[4])
  }

  /// Takes `(storage, offset, sizes, strides, (scheme, scale, zero point …), …)`.
  private static let quantized: Constructor = { reading, call, depth throws(FormatError) in
    guard let storage = try reading.storage(call[0]),
      var tensor = reading.tensor(storage.dataType, storage, call, trained: .none)
    else { return nil }
    for parameter in reading.document.elements(call[4]) ?? [] {
      guard let part = try reading.tensor(parameter, depth: depth + 1) else { continue }
      tensor.parts.append(part)
    }
    return tensor
  }

  private func tensor(
    _ type: DataType, _ storage: StorageReference, _ call: Call, trained: PickleValue
  ) -> TorchTensor? {
    guard let offset = document.size(call[1]), let shape = shape(call[2]),
      let strides = shape.isEmpty ? [] : self.shape(call[3]), strides.count == shape.count
    else { return nil }
    let (start, overflow) = offset.addingReportingOverflow(storage.viewOffset)
    guard !overflow else { return nil }
    return TorchTensor(
      type: TensorType(type, shape),
      view: TorchTensor.View(storage: storage, offset: start, strides: strides),
      isParameter: trained == .boolean(true) ? true : nil)
  }

  // MARK: Wrapped tensors

  /// Takes `(tensor, requires_grad, …)`.
  private static let parameter: Constructor = { reading, call, depth throws(FormatError) in
    guard var tensor = try reading.tensor(call[0], depth: depth + 1) else { return nil }
    tensor.isParameter = true
    return tensor
  }

  private static let buffer: Constructor = { reading, call, depth throws(FormatError) in
    guard var tensor = try reading.tensor(call[0], depth: depth + 1) else { return nil }
    tensor.isParameter = false
    return tensor
  }

  /// Takes `(function, class, arguments, state)`: a subclass of tensors, which may hold others.
  private static let rebuilt: Constructor = { reading, call, depth throws(FormatError) in
    guard let name = reading.document.globalName(call[0]), let constructor = constructors[name],
      depth < 16
    else { return nil }
    let arguments = reading.document.elements(call[2]).map(Array.init) ?? []
    let inner = Call(name: name, arguments: arguments, state: call[3])
    return try constructor(reading, inner, depth + 1)
  }

  /// Takes `(tensor or array, type, device, …)`.
  private static let onDevice: Constructor = { reading, call, depth throws(FormatError) in
    guard let type = reading.dataType(call[1]) else { return nil }
    if var tensor = try reading.tensor(call[0], depth: depth + 1) {
      tensor.type.dataType = type
      return tensor
    }
    guard let array = reading.array(call[0]) else { return nil }
    return TorchTensor(type: TensorType(type, array.shape))
  }

  // MARK: Without a storage of its own

  /// Takes `(layout, (indices, values, sizes, …))` or `(layout, (rows, columns, values, sizes, …))`.
  private static let sparse: Constructor = { reading, call, depth throws(FormatError) in
    guard let data = reading.document.elements(call[1]) else { return nil }
    var parts: [TorchTensor] = []
    var shape: Shape?
    for value in data {
      if let part = try reading.tensor(value, depth: depth + 1) {
        parts.append(part)
      } else if shape == nil {
        shape = reading.shape(value)
      }
    }
    guard let shape, let values = parts.last, parts.count >= 2 else { return nil }
    return TorchTensor(
      type: TensorType(values.type.dataType, shape), parts: parts, kind: .sparse)
  }

  /// Takes `(buffer, sizes, strides, offsets)`: rows of several lengths, whose elements are the buffer's.
  private static let nested: Constructor = { reading, call, depth throws(FormatError) in
    guard var tensor = try reading.tensor(call[0], depth: depth + 1) else { return nil }
    for argument in call.arguments.dropFirst() {
      guard let part = try reading.tensor(argument, depth: depth + 1) else { continue }
      tensor.parts.append(part)
    }
    return tensor
  }

  /// Takes a dictionary of `values`, whose elements are the tensor's, `offsets` and `lengths`.
  private static let jagged: Constructor = { reading, call, depth throws(FormatError) in
    var parts: [TorchTensor] = []
    var values: TorchTensor?
    for member in reading.document.members(call[0]) ?? [] {
      guard let part = try reading.tensor(member.value, depth: depth + 1) else { continue }
      if reading.document.text(member.key) == "values" { values = part } else { parts.append(part) }
    }
    values?.parts += parts
    return values
  }

  /// Takes `(type, sizes, strides, requires_grad)`.
  private static let meta: Constructor = { reading, call, _ throws(FormatError) in
    guard let type = reading.dataType(call[0]), let shape = reading.shape(call[1]) else {
      return nil
    }
    return TorchTensor(
      type: TensorType(type, shape), kind: .meta,
      isParameter: call[3] == .boolean(true) ? true : nil)
  }

  /// Takes `(class, type, sizes, strides, offset, layout, device, requires_grad)`.
  private static let wrapper: Constructor = { reading, call, depth throws(FormatError) in
    guard let type = reading.dataType(call[1]), let shape = reading.shape(call[2]) else {
      return nil
    }
    return TorchTensor(
      type: TensorType(type, shape), parts: try reading.parts(inState: call.state, depth),
      kind: .wrapper, isParameter: call[7] == .boolean(true) ? true : nil)
  }

  /// The tensors among the attributes of a subclass, or of the objects that it holds.
  private func parts(
    inState state: PickleValue, _ depth: Int
  ) throws(FormatError) -> [TorchTensor] {
    var parts: [TorchTensor] = []
    var values: ArraySlice<PickleValue> = [state]
    var visited = 0
    while let value = values.popFirst(), visited < Self.maximumPartCount {
      guard case .object = value else { continue }
      visited += 1
      if let part = try tensor(value, depth: depth + 1) {
        parts.append(part)
        guard parts.count + parts.map(\.partCount).reduce(0, +) <= Self.maximumPartCount else {
          throw .limit(what: "parts of a tensor", limit: Self.maximumPartCount)
        }
      } else if let members = document.members(value) {
        values += members.prefix(Self.maximumPartCount).map(\.value)
      } else if let elements = document.elements(value) {
        values += elements.prefix(Self.maximumPartCount)
      } else if let call = call(value), call.state != .none {
        values.append(call.state)
      }
    }
    return parts
  }

  /// How many objects are looked at that a tensor of a subclass holds, and how many may be tensors.
  static let maximumPartCount = 256
}
