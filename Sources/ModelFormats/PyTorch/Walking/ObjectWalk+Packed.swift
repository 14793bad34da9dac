import ByteFormats

// What quantised modules keep in objects of their own, which `state_dict` gives as tuples.

extension ObjectWalk {
  /// The tuple that an object of packed weights, or a quantised convolution, is restored from.
  func packedParts(_ call: TensorInterpretation.Call) -> [PickleValue]? {
    let isPacked =
      Self.packedObjects.contains(call.name) || call.name.hasPrefix("__torch__.torch.classes.")
    guard isPacked || Self.isQuantizedModule(call.name) else { return nil }
    return document.elements(call.state).map(Array.init)
  }

  private static let packedObjects: Set<String> = ["torch.ScriptObject", "torch._C.ScriptObject"]

  private static func isQuantizedModule(_ name: String) -> Bool {
    name.hasPrefix("torch.ao.nn.quantized.") || name.hasPrefix("torch.nn.quantized.")
  }

  /// The parts under their places; those of a convolution, whose other parts are numbers, under
  /// the names that they have in a `state_dict`.
  func packed(_ parts: [PickleValue], in frame: Frame) -> [Frame] {
    guard Self.isQuantizedModule(reading.call(frame.value)?.name ?? "") else {
      return parts.enumerated().compactMap { child($1, "\($0)", in: frame) }
    }
    return zip(["weight", "bias"], parts.filter(reading.isTensor))
      .compactMap { child($1, $0, in: frame) }
  }
}
