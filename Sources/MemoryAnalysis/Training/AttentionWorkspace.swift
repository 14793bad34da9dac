import ModelGraph
import Operators

extension TrainingSession {
  /// What attention in cuDNN takes beside its tensors, which only the library knows.
  ///
  /// The bound is what FlashAttention's backward pass takes: gradients of the queries and sums in single precision.
  var unknownWorkspace: Diagnostic? {
    let isCuDNN = machine.ledger.trace.steps.contains {
      $0.operatorName.name == "_cudnn_attention_forward"
    }
    guard isCuDNN else { return nil }
    let sizes = facts.graph.nodes.compactMap { node -> ByteCount? in
      guard node.operatorName == "ScaledDotProductAttention", let query = node.inputs.first,
        let shape = query.flatMap({ facts.graph[$0].type.tensorType?.shape }), shape.count == 4
      else { return nil }
      let rows = TensorType(.float32, Array(shape.dropLast()))
      return TensorType(.float32, shape).byteCount + rows.byteCount
    }
    return Diagnostic(
      .note, "cudnnWorkspace",
      "attention runs in cuDNN, whose workspace is not in these figures: about 0 to "
        + "\((sizes.max() ?? .zero).value) bytes while the backward pass of one attention runs")
  }

  /// Says so where FlashAttention is asked for and does not take what it is given.
  ///
  /// Source: `use_flash_attention` of `ATen/native/transformers/cuda/sdp_utils.cpp`, PyTorch 2.15.
  var refusedAttention: Diagnostic? {
    guard settings.environment.attention == .flash else { return nil }
    let others: Set = ["_efficient_attention_forward", "_cudnn_attention_forward", "isneginf"]
    let refused = machine.ledger.trace.steps.first {
      $0.phase == .forward && others.contains($0.operatorName.name)
    }
    guard let refused else { return nil }
    return Diagnostic(
      .warning, "flashRefused",
      "FlashAttention takes no mask, only 16-bit numbers and heads of up to 256: PyTorch stops "
        + "where no other kernel is allowed, so the figures show the kernel of its own choice there",
      at: refused.node)
  }
}
