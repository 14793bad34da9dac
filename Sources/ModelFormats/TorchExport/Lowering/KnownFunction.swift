/// What functions of timm and torchvision name, of which an export holds no frame, and which work
/// unlike ``UnseenCalls`` takes functions to work.
///
/// Source: timm 1.0 and torchvision 0.29.
struct KnownFunction: Sendable {
  private let file: String
  private let function: String

  /// The variable that holds what an operation or a module makes, by the name of either.
  ///
  /// Of one that runs several times by its name and the number of times. All else are operands of expressions.
  private let names: [String: String]

  /// Whether what each module and each operation makes has a name of its own.
  private let namesAll: Bool

  private init(
    _ file: String, _ function: String, _ names: [String: String] = [:], namesAll: Bool = false
  ) {
    (self.file, self.function) = (file, function)
    (self.names, self.namesAll) = (names, namesAll)
  }

  /// The function that a statement calls; `nil` if it is none of these.
  init?(calledBy frame: PythonFrame) {
    let called = frame.statement.methods.union(frame.statement.functions)
    guard
      let known = Self.all.first(where: { $0.file == frame.file && called.contains($0.function) })
    else { return nil }
    self = known
  }

  /// The name of what an operation or a module makes at its nth time; empty if it has none.
  func variable(of maker: String, time: Int) -> String {
    namesAll ? "\(maker) \(time)" : names["\(maker) \(time)"] ?? names[maker] ?? ""
  }

  /// Whether what a call joins tokens in, and adds positions in, is another function that it calls: the name
  /// that the caller has for the patches holds them until that is done, as in `x = self._pos_embed(x)`.
  static func joinsTokensInCall(_ frame: PythonFrame) -> Bool {
    ["vision_transformer.py", "eva.py"].contains(frame.file)
  }

  private static let shiftedWindows = [
    "roll 1": "shifted_x", "pad": "shifted_x", "contiguous 1": "x_windows",
    "attn": "attn_windows", "contiguous 2": "shifted_x", "contiguous 3": "shifted_x",
    "roll 2": "x",
  ]

  private static let joinedFeatures = ["cat": "concated_features", "conv1": "bottleneck_output"]

  private static let all = [
    KnownFunction("swin_transformer.py", "_attn", shiftedWindows),
    KnownFunction("swin_transformer_v2.py", "_attn", shiftedWindows),
    KnownFunction(
      "mvitv2.py", "cal_rel_pos_type",
      [
        "sub 1": "dist_h", "sub 2": "dist_w", "index 1": "rel_h", "index 2": "rel_w",
        "reshape": "r_q", "einsum 1": "rel_h", "einsum 2": "rel_w",
      ]),
    KnownFunction(
      "bottleneck_attn.py", "rel_logits_1d",
      ["matmul": "x", "pad": "x_pad", "slice 2": "x", "expand": "x"]),
    // `0.5 * x * (x + 2).clamp(min=0, max=2)`
    KnownFunction("activations_me.py", "hard_mish_fwd"),
    // `x * torch.sigmoid(1.702 * x)`
    KnownFunction("activations.py", "quick_gelu"),
    KnownFunction("densenet.py", "bn_function", joinedFeatures),
    KnownFunction("densenet.py", "bottleneck_fn", joinedFeatures),
    KnownFunction("pnasnet.py", "cell_forward", namesAll: true),
    KnownFunction(
      "xcit.py", "forward_features",
      [
        "patch_embed": "x", "pos_embed": "pos_encoding", "add": "x", "blocks": "x",
        // What `forward_cls` returns, which it calls, comes from its second block.
        "cat": "x of forward_cls", "cls_attn_blocks": "x of forward_cls", "cls_attn_blocks 2": "x",
        "norm": "x",
      ]),
  ]
}
