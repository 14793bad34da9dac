/// What functions of timm, torchvision and transformers name, of which an export holds no frame, and which work
/// unlike ``UnseenCalls`` takes functions to work.
///
/// Source: timm 1.0, torchvision 0.29 and transformers 5.23.
struct KnownFunction: Sendable {
  /// The file of the function; empty if it is in any.
  private let file: String
  private let function: String

  /// The variable that holds what an operation or a module makes, by the name of either.
  ///
  /// Of one that runs several times by its name and the number of times. All else are operands of expressions.
  private let names: [String: String]

  /// Whether what each module and each operation makes has a name of its own.
  private let namesAll: Bool

  /// The module that is called when a function that it calls has returned, whose variables' names begin with
  /// ``inner``.
  let afterInner: String?

  /// The variables that let go of what they hold when an operation has run, as those do whose names are given to what
  /// a list of several operations makes.
  private let endings: [String: [String]]

  /// An operation that tells the way that is known of a function from others; `nil` if there is one way.
  private let marker: String?

  /// An operation that the way that is known does not run; `nil` if there is none.
  private let missing: String?

  static let inner = "inner "

  private init(
    _ file: String, _ function: String, _ names: [String: String] = [:], namesAll: Bool = false,
    afterInner: String? = nil, endings: [String: [String]] = [:], marker: String? = nil,
    missing: String? = nil
  ) {
    (self.file, self.function) = (file, function)
    (self.names, self.namesAll, self.afterInner) = (names, namesAll, afterInner)
    (self.endings, self.marker, self.missing) = (endings, marker, missing)
  }

  /// The function that a statement calls, of whose operations one can be asked for; `nil` if it is none of these.
  init?(calledBy frame: PythonFrame, running runs: (_ operation: String) -> Bool) {
    let statement = frame.statement
    let called = statement.methods.union(statement.functions).union(statement.members)
    guard
      let known = Self.all.first(where: {
        ($0.file.isEmpty || $0.file == frame.file) && called.contains($0.function)
          && ($0.marker.map(runs) ?? true) && !($0.missing.map(runs) ?? false)
      })
    else { return nil }
    self = known
  }

  /// The name of what an operation or a module makes at its nth time; empty if it has none.
  func variable(of maker: String, time: Int) -> String {
    namesAll ? "\(maker) \(time)" : names["\(maker) \(time)"] ?? names[maker] ?? ""
  }

  /// The variables that let go of what they hold when an operation has run its nth time.
  func variablesEnded(by maker: String, time: Int) -> [String] {
    endings.isEmpty ? [] : endings["\(maker) \(time)"] ?? []
  }

  /// Whether what a call joins tokens in, and adds positions in, is another function that it calls: the name
  /// that the caller has for the patches holds them until that is done, as in `x = self._pos_embed(x)`.
  static func joinsTokensInCall(_ frame: PythonFrame) -> Bool {
    ["vision_transformer.py", "eva.py"].contains(frame.file)
  }

  /// Of a decoder, which adds once less, the two letters are each other's.
  private static let relativePlaces = [
    "add 1": "context_position", "arange 2": "memory_position", "sub": "relative_position",
    "abs": "inner relative_position", "neg": "inner relative_position", "lt": "inner is_small",
    "add 2": "inner a", "add 3": "inner b", "min 1": "inner b", "min 2": "inner a",
    "relative_attention_bias": "values",
  ]

  private static let shiftedWindows = [
    "roll 1": "shifted_x", "pad": "shifted_x", "contiguous 1": "x_windows",
    "attn": "attn_windows", "contiguous 2": "shifted_x", "contiguous 3": "shifted_x",
    "roll 2": "x",
  ]

  /// Of timm's second kind, whose windows go by one name.
  private static let windowsOfOneName = shiftedWindows.mapValues { $0 == "shifted_x" ? "x" : $0 }

  /// Of windows that are not shifted, for which no mask is made.
  ///
  /// Source: `shifted_window_attention` of `models/swin_transformer.py` and `shifted_window_attention_3d` of that of videos,
  /// torchvision 0.29.
  private static let windows = [
    "pad": "x", "roll": "x", "reshape": "x", "linear 1": "qkv", "linear 2": "x", "reshape 2": "",
    "select 1": "q", "select 2": "k", "select 3": "v", "mul": "q", "matmul 1": "attn",
    "add": "attn", "softmax": "attn", "dropout 1": "attn", "dropout 2": "x", "contiguous": "x",
  ]
  private static let maskedWindows = windows.merging([
    "new_zeros": "attn_mask", "reshape 3": "attn_mask", "sub": "attn_mask",
    "masked_fill 2": "attn_mask",
  ]) { _, masked in masked }

  /// Of masks of shifted windows in transformers.
  private static let maskOfWindows = [
    "arange 1": "h_idx", "arange 2": "w_idx", "add 1": "h_region", "add 2": "w_region",
    "to 5": "img_mask", "contiguous": "mask_windows", "sub": "attn_mask",
    "masked_fill 2": "attn_mask",
  ]

  /// Of weights that are asked for; what autograd keeps anyhow needs no name.
  ///
  /// Source: `multi_head_attention_forward` of `torch/nn/functional.py`, PyTorch 2.15.
  private static let weighedAttention = [
    "linear 1": "q", "contiguous 1": "q, k, v", "linear 2": "k", "linear 3": "v",
    "reshape 1": "key_padding_mask", "add": "attn_mask", "mul 1": "q_scaled",
  ]

  /// Of each of the chunks, the scan makes four products and two sums.
  private static let gatedDeltaRule: [String: String] = {
    var names = [
      "repeat_interleave 1": "query", "repeat_interleave 2": "key", "to 1": "query 1",
      "to 2": "key 1", "to 3": "value 1", "to 4": "beta 1", "to 5": "decay 1",
      "mul 2": "query 1", "mul 4": "key 1", "mul 5": "query 1", "pad 1": "query 2",
      "pad 2": "key 2", "pad 3": "value 2", "pad 4": "beta 2", "pad 5": "decay 2",
      "mul 6": "v_beta", "mul 7": "k_beta", "triu": "strictly_upper_mask",
      "cumsum": "cum_decay", "sub 1": "pairwise_decay", "masked_fill": "pairwise_decay",
      "exp 1": "pairwise_decay", "mul 8": "ut_system", "mul 9": "intra_chunk_attn",
      "mul 10": "decayed_k_beta", "linalg_solve_triangular 1": "new_values",
      "linalg_solve_triangular 2": "k_cumdecay", "zeros": "last_recurrent_state",
      "zeros_like": "core_attn_out", "mul 11": "query 2", "sub 2": "", "mul 12": "key 2",
      "exp 5": "chunk_decay", "sub": "v_new", "add 1": "", "add 2": "",
      "add": "last_recurrent_state", "reshape 6": "core_attn_out",
      "to 6": "core_attn_out",
    ]
    for chunk in 0..<512 {
      names["matmul \(4 * chunk + 4)"] = "inter_chunk_attn"
      names["add \(2 * chunk + 3)"] = ""
    }
    return names
  }()

  private static let joinedFeatures = ["cat": "concated_features", "conv1": "bottleneck_output"]

  private static let all = [
    KnownFunction(
      "activation.py", "multi_head_attention_forward", weighedAttention,
      endings: ["contiguous 1": ["operand of unflatten"]], marker: "softmax"),
    KnownFunction("", "causal_conv1d_fn", ["slice": "out", "silu": "out"]),
    KnownFunction(
      "", "torch_chunk_gated_delta_rule", gatedDeltaRule,
      endings: [
        "to 5": ["query", "key"], "pad 3": ["query 1", "key 1", "value 1"],
        "pad 5": ["beta 1", "decay 1"], "reshape 6": ["last_recurrent_state"],
      ]),
    KnownFunction("swin_transformer.py", "_attn", shiftedWindows),
    KnownFunction(
      "swin_transformer.py", "shifted_window_attention", maskedWindows, marker: "new_zeros",
      missing: "exp"),
    KnownFunction("swin_transformer.py", "shifted_window_attention", windows, missing: "exp"),
    KnownFunction(
      "swin_transformer.py", "shifted_window_attention_3d", maskedWindows, marker: "new_zeros"),
    KnownFunction("swin_transformer.py", "shifted_window_attention_3d", windows),
    KnownFunction("swin_transformer_v2.py", "_attn", shiftedWindows),
    KnownFunction("swin_transformer_v2_cr.py", "_shifted_window_attn", windowsOfOneName),
    KnownFunction(
      "mvitv2.py", "cal_rel_pos_type",
      [
        "sub 1": "dist_h", "sub 2": "dist_w", "index 1": "rel_h", "index 2": "rel_w",
        "reshape": "r_q", "einsum 1": "rel_h", "einsum 2": "rel_w",
      ]),
    KnownFunction(
      "bottleneck_attn.py", "rel_logits_1d",
      ["matmul": "x", "pad": "x_pad", "slice 2": "x", "expand": "x"]),
    // `x * 0.5 * (1.0 + torch.tanh(0.79788456 * x * (1 + 0.044715 * x * x)))`
    KnownFunction("modeling_bloom.py", "bloom_gelu_forward"),
    KnownFunction(
      "modeling_gpt_oss.py", "attention_interface",
      [
        "reshape 1": "key_states", "reshape 2": "value_states", "mul": "attn_weights",
        "add": "attn_weights", "cat": "combined_logits", "sub": "combined_logits",
        "softmax": "probs", "slice": "scores", "dropout": "attn_weights", "to": "attn_weights",
        "matmul 2": "attn_output", "contiguous": "attn_output",
      ]),
    // Gemma's, which keeps scores below a bound.
    KnownFunction(
      "", "attention_interface",
      [
        "reshape 1": "key_states", "reshape 2": "value_states", "mul": "attn_weights",
        "div": "attn_weights", "tanh": "attn_weights", "add": "attn_weights", "to": "attn_weights",
        "dropout": "attn_weights", "matmul 2": "attn_output", "contiguous": "attn_output",
      ], marker: "tanh"),
    // Many models have a copy of it.
    KnownFunction(
      "", "create_position_ids_from_input_ids", ["to 1": "mask", "mul": "incremental_indices"]),
    KnownFunction(
      "modeling_t5.py", "compute_bias", relativePlaces, afterInner: "relative_attention_bias"),
    KnownFunction(
      "modeling_mt5.py", "compute_bias", relativePlaces, afterInner: "relative_attention_bias"),
    KnownFunction(
      "modeling_umt5.py", "compute_bias", relativePlaces, afterInner: "relative_attention_bias"),
    KnownFunction(
      "modeling_mpnet.py", "compute_position_bias",
      [
        "arange 1": "context_position", "arange 2": "memory_position",
        "sub": "relative_position", "neg": "inner n", "abs": "inner n", "add 1": "inner ret",
        "lt 2": "inner is_small", "add 2": "inner val_if_large", "min": "inner val_if_large",
        "relative_attention_bias": "values", "contiguous": "values",
      ], afterInner: "relative_attention_bias"),
    KnownFunction(
      "modeling_deberta_v2.py", "get_rel_pos",
      [
        "arange 1": "q_ids", "arange 2": "k_ids", "sub": "rel_pos_ids", "sign": "sign",
        "where 1": "abs_pos", "add": "log_pos", "where 2": "rel_pos_ids", "to": "rel_pos_ids",
      ], endings: ["where 2": ["sign", "abs_pos", "log_pos"]]),
    KnownFunction(
      "modeling_deberta_v2.py", "disentangled_attention_bias",
      [
        "repeat 1": "first", "repeat 2": "second", "bmm 1": "c2p_att", "gather 1": "c2p_att",
        "clamp 1": "c2p_pos", "add 2": "score", "clamp 2": "p2c_pos", "bmm 2": "p2c_att",
        "gather 2": "p2c_att",
      ]),
    KnownFunction(
      "modeling_pegasus_x.py", "compute_global_attention_representations",
      [
        "cat 1": "global_and_local_k", "cat 2": "global_and_local_v", "pad": "extended_mask",
        "einsum 1": "attn_weights", "add": "attn_weights", "softmax": "attn_probs",
        "dropout": "attn_probs", "einsum 2": "attn_output",
      ]),
    KnownFunction(
      "modeling_pegasus_x.py", "compute_local_attention_representations",
      [
        "pad": "extended_mask", "einsum 1": "blocked_local2global",
        "einsum 2": "blocked_local2local", "cat": "attn_weights", "add 1": "attn_weights",
        "softmax": "attn_probs", "dropout": "attn_probs", "einsum 3": "local2global_attn_output",
        "einsum 4": "local2local_attn_output", "add 2": "attn_output",
      ]),
    KnownFunction("modeling_swin.py", "get_attn_mask", maskOfWindows),
    KnownFunction("modeling_swinv2.py", "get_attn_mask", maskOfWindows),
    KnownFunction(
      "modeling_xlnet.py", "relative_positional_encoding",
      [
        "to 1": "freq_seq", "mul 1": "inv_freq", "to 2": "fwd_pos_seq", "mul 2": "sinusoid_inp",
        "cat": "pos_emb",
      ], endings: ["cat 1": ["sinusoid_inp"]]),
    KnownFunction(
      "modeling_xlnet.py", "rel_attn_core",
      [
        "einsum 1": "ac", "einsum 2": "bd", "index_select": "bd", "mul": "attn_score",
        "softmax": "attn_prob", "dropout": "attn_prob", "einsum": "attn_vec",
      ]),
    KnownFunction(
      "modeling_xlnet.py", "post_attention",
      ["einsum": "attn_out", "dropout": "attn_out", "add": "attn_out", "layer_norm": "output"]),
    // `0.5 * x * (x + 2).clamp(min=0, max=2)`
    KnownFunction("activations_me.py", "hard_mish_fwd"),
    // `x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))`
    KnownFunction("", "gelu", marker: "erf"),
    // `x * torch.sigmoid(1.702 * x)`
    KnownFunction("activations.py", "quick_gelu"),
    KnownFunction("densenet.py", "bn_function", joinedFeatures),
    KnownFunction("densenet.py", "bottleneck_fn", joinedFeatures),
    KnownFunction("densenet.py", "call_checkpoint_bottleneck", joinedFeatures),
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
