import ModelGraph

/// A mask of the future that a module keeps: a triangle of truth values, which its constructor cuts from
/// ones.
///
/// Of a mask that sees no further than a window, what lies before the window is cut from the triangle, and
/// both are put together. A file does not tell which masks those are: every second of a GPT-Neo, as of one
/// whose configuration says nothing else.
/// Source: `GPTNeoSelfAttention` of `modeling_gpt_neo.py`, transformers 5.23.
struct FutureMask {
  let name: String
  let isLocal: Bool

  /// The masks of a program of transformers, by name.
  static func all(in program: ExportedProgram) -> [String: FutureMask] {
    guard program.isOfTransformers else { return [:] }
    let names = program.body.inputs.flatMap(\.tensorNames).filter { program.isTriangle($0) }
      .compactMap { program.stored[$0]?.name }
    guard !names.isEmpty else { return [:] }
    let hasLocal = program.body.nodes.contains { node in
      node.frames.contains { $0.file == "modeling_gpt_neo.py" }
    }
    let masks = names.enumerated().map { index, name in
      (name, FutureMask(name: name, isLocal: hasLocal && index % 2 == 1))
    }
    return Dictionary(masks) { first, _ in first }
  }

  /// How a constructor makes a mask of a type.
  func construction(_ type: TensorType) -> [Construction.Step] {
    let (ones, whole, before) = ("\(name).ones", "\(name).whole", "\(name).before")
    guard isLocal else { return [.make(ones, type), .make(name, type), .drop(ones)] }
    return [
      .make(ones, type), .make(whole, type), .drop(ones), .make(before, type), .make(name, type),
      .drop(before), .drop(whole),
    ]
  }

  /// Makes the mask once more, when the model around it sets its weights, and copies it.
  func initialization(_ type: TensorType) -> [Construction.Step] {
    construction(type) + [.drop(name)]
  }
}

extension ExportedProgram {
  /// Whether a tensor of state tells what comes before: truth values of queries and keys.
  ///
  /// Source: the buffers `bias` of `modeling_gpt_neo.py` and `modeling_imagegpt.py`, transformers 5.23.
  fileprivate func isTriangle(_ name: String) -> Bool {
    guard stored[name]?.role == .state, let tensor = body.tensors[name],
      tensor.dataType == .bool, let shape = tensor.shape([:]), shape.count == 4
    else { return false }
    return shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3] && shape[2] > 1
  }
}
