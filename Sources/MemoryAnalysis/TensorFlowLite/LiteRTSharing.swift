import ModelGraph

/// Which tensors LiteRT's planner lets share bytes: outputs written over an input.
///
/// <https://github.com/google-ai-edge/LiteRT/blob/main/tflite/arena_planner.cc>
struct LiteRTSharing {
  /// The tensor whose bytes each tensor uses.
  private(set) var roots: [Int]
  private var readers: [Int]

  init(_ graph: Graph, _ isConstant: [Bool]) {
    roots = Array(graph.values.indices)
    readers = Array(repeating: 0, count: graph.values.count)
    for id in graph.inputs + graph.outputs { readers[id.index] += 1 }
    for (index, value) in graph.values.enumerated() where value.role == .state {
      readers[index] += 1
    }
    for node in graph.nodes {
      for case let input? in node.inputs { readers[input.index] += 1 }
    }
    let (inputs, outputs) = (Set(graph.inputs), Set(graph.outputs))
    for node in graph.nodes {
      guard let rule = Self.rules[node.operatorName.name], let output = node.outputs.first ?? nil,
        !outputs.contains(output)
      else { continue }
      let shared = node.inputs.prefix(rule.inputs).compactMap(\.self).first { input in
        !inputs.contains(input) && !isConstant[input.index] && graph[input].role != .state
          && (!rule.changes || canOverwrite(input, with: output, graph))
      }
      guard let shared else { continue }
      let root = roots[shared.index]
      guard !rule.changes || readers[root] <= 1 else { continue }
      roots[output.index] = root
    }
  }

  private func canOverwrite(_ input: ValueID, with output: ValueID, _ graph: Graph) -> Bool {
    let bytes = graph[input].type.byteCount
    return bytes == graph[output].type.byteCount && bytes.value > Self.scalarBytes
      && readers[input.index] <= 1
  }

  /// Small tensors may yet be resized for a broadcast.
  private static let scalarBytes = 4

  private struct Rule {
    /// How many of the first operands may be written over.
    var inputs: Int

    /// Whether the bytes change.
    var changes: Bool
  }

  private static let rules: [String: Rule] = [
    "RESHAPE": Rule(inputs: 1, changes: false), "EXPAND_DIMS": Rule(inputs: 1, changes: false),
    "SQUEEZE": Rule(inputs: 1, changes: false), "BITCAST": Rule(inputs: 1, changes: false),
    "ADD": Rule(inputs: 2, changes: true), "SUB": Rule(inputs: 2, changes: true),
    "MUL": Rule(inputs: 2, changes: true), "DIV": Rule(inputs: 2, changes: true),
    "SOFTMAX": Rule(inputs: 1, changes: true),
    "DYNAMIC_UPDATE_SLICE": Rule(inputs: 1, changes: true),
  ]
}
