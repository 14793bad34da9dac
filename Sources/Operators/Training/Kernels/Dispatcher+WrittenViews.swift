import ModelGraph

// Views that are written over: autograd puts the function at the end of what they are views of, and sees
// them anew from there.
// Source: `CopySlices::apply` of `torch/csrc/autograd/functions/tensor.cpp`, `AsStridedBackward0` as
// `regenerate` of `VariableHooks::grad_fn` makes it, and `as_strided_backward` of
// `torch/csrc/autograd/FunctionsManual.cpp`, PyTorch 2.15.

extension Dispatcher {
  /// What the call returns, the first of it seen anew if it was a view that has been written over.
  public mutating func seeingWrittenView(in made: [DispatchedTensor]) -> [DispatchedTensor] {
    guard writesView, let base = writtenBase, let written = made.first else { return made }
    writtenBase = nil
    let seen = view(written, as: written.layout, "AsStridedBackward0") { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let whole = dispatcher.make(base.type, by: "new_zeros")
      return [dispatcher.share(whole, as: written.layout)]
    }
    return [seen] + made.dropFirst()
  }

  /// The gradient of all of a tensor from that of a view that a function has written over: a copy, in which
  /// the function's own gradient takes the view's place.
  static func backwardOfPart(
    _ backward: @escaping Backward, _ view: TensorLayout, of base: TensorLayout
  ) -> Backward {
    { dispatcher, call in
      guard call.gradient != nil else { return backward(&dispatcher, call) }
      let whole = dispatcher.make(base.densified(), by: "new_empty_strided")
      let part = dispatcher.make(view.densified(), by: "clone")
      var made = backward(
        &dispatcher, BackwardCall(gradients: [part], saved: call.saved, needs: call.needs))
      dispatcher.release(part)
      if let own = made.first ?? nil, own != part { dispatcher.release(own) }
      if !made.isEmpty { made[0] = call.needs(0) ? dispatcher.share(whole, as: view) : nil }
      return made
    }
  }
}
