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
  let type: TensorType
  let isLocal: Bool

  init(_ name: String, _ type: TensorType, isLocal: Bool) {
    (self.name, self.type, self.isLocal) = (name, type, isLocal)
  }

  var construction: [Construction.Step] {
    let (ones, whole, before) = ("\(name).ones", "\(name).whole", "\(name).before")
    guard isLocal else { return [.make(ones, type), .make(name, type), .drop(ones)] }
    return [
      .make(ones, type), .make(whole, type), .drop(ones), .make(before, type), .make(name, type),
      .drop(before), .drop(whole),
    ]
  }
}
