import ByteFormats
import ModelGraph

/// The nodes of a program or of a region of it, and what their names stand for.
struct ExportedBody: Hashable, Sendable {
  /// The tensors, by name.
  var tensors: NameMap<ExportedTensor> = [:]

  /// The integers that nodes compute from sizes, by name.
  var integers: [String: SymbolicSize] = [:]
  var nodes: [ExportedNode] = []
  var inputs: [ExportedArgument] = []
  var outputs: [ExportedArgument] = []

  /// The tensors that it is given, in order.
  var inputNames: [String] {
    var names: [String] = []
    names.reserveCapacity(inputs.count)
    for input in inputs {
      if case .tensor(let name) = input { names.append(name) } else { names += input.tensorNames }
    }
    return names
  }

  /// Whether it calls an operator of which something holds; no node is copied for it.
  func calls(_ holds: (AtenTarget) -> Bool) -> Bool {
    nodes.indices.contains { holds(nodes[$0].target) }
  }

  /// The names of the source files that its nodes ran in.
  var files: Set<String> {
    var files: Set<String> = []
    var last: [PythonFrame] = []
    for index in nodes.indices {
      // What runs one after the other is in the same calls, but for the innermost.
      let frames = nodes[index].frames
      for depth in frames.indices
      where !last.indices.contains(depth) || last[depth].text !== frames[depth].text {
        files.insert(frames[depth].file)
      }
      last = frames
    }
    return files
  }

  /// Whether a module of Hugging Face's transformers made a node.
  var isOfTransformers: Bool { nodes.indices.contains { nodes[$0].isOfTransformers } }
}

extension JSONScanner {
  /// Reads a graph, and the usual value of each symbol it names.
  mutating func readBody(
    hints: inout [String: Int], _ ahead: ProgramAhead? = nil
  ) throws(ByteError) -> ExportedBody {
    var body = ExportedBody()
    var known = hints
    var texts = NodeTexts()
    try forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "inputs":
        body.inputs = try scanner.readList { scanner throws(ByteError) in
          try scanner.readArgument()
        }
      case "outputs":
        body.outputs = try scanner.readList { scanner throws(ByteError) in
          try scanner.readArgument()
        }
      case "nodes":
        body.nodes = try scanner.readNodes(&texts, ahead)
      case "tensor_values":
        body.tensors = try scanner.readTensors(ahead, hints: &known)
      case "sym_int_values":
        try scanner.forEachKey { scanner, name throws(ByteError) in
          body.integers[name] = try scanner.readSymbolicSize(hints: &known)
        }
      default: try scanner.skipValue()
      }
    }
    hints = known
    return body
  }
}
