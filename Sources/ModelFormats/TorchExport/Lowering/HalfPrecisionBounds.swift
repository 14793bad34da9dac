import ModelGraph

/// Bounds that layers of transformers set where they compute in `float16`, of which an export in single
/// precision holds nothing.
///
/// An encoder's layer keeps what it returns between two numbers, and T5's block what each of its layers
/// returns between two tensors. Layers that do so only if a number is infinite do nothing here.
/// Source: `MBartEncoderLayer` of `modeling_mbart.py`, `T5Block` of `modeling_t5.py` and their copies,
/// transformers 5.23.
struct HalfPrecisionBounds: Sendable {
  /// The nodes whose results are kept between bounds.
  private(set) var ofNumbers: Set<Int> = []
  private(set) var ofTensors: Set<Int> = []

  private static func files(_ names: String) -> Set<String> {
    Set(names.split(separator: " ").map { "modeling_\($0).py" })
  }

  /// The files whose encoders' layers set bounds.
  private static let encoders = files(
    "audioflamingo3 blenderbot m2m_100 mbart moss_transcribe_diarize pegasus qwen2_5_omni qwen2_audio "
      + "qwen3_asr qwen3_omni_moe speech_to_text voxtral whisper")

  /// The files whose blocks set bounds to what their layers return.
  private static let blocks = files("mt5 pop2piano switch_transformers t5 udop umt5")

  init(_ body: ExportedBody) {
    for (index, node) in body.nodes.enumerated() {
      guard node.isOfTransformers, node.target.name == "add", let frame = node.frames.last else {
        continue
      }
      // As in `hidden_states = hidden_states + self.dropout(forwarded_states)`.
      if Self.blocks.contains(frame.file), frame.statement.methods.contains("dropout") {
        ofTensors.insert(index)
      } else if node.isOfEncoderLayer, Self.encoders.contains(frame.file),
        Self.isLast(index, in: frame, body.nodes)
      {
        ofNumbers.insert(index)
      }
    }
  }

  /// Whether a node is the last one of the call that it runs in.
  private static func isLast(_ index: Int, in frame: PythonFrame, _ nodes: [ExportedNode]) -> Bool {
    let depth = nodes[index].frames.count - 1
    guard nodes.indices.contains(index + 1), nodes[index + 1].frames.count > depth else {
      return true
    }
    return !nodes[index + 1].frames[depth].isOfCall(of: frame)
  }
}
