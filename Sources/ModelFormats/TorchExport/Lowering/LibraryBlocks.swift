import ModelGraph

/// Which modules a library has computed again when it is asked to, where that is known.
///
/// timm does so with stages of some networks, with blocks of others, with layers by themselves, or with parts of them.
/// transformers does so with the layers of some classes.
/// Source: `checkpoint_seq` and `checkpoint` in `forward_features` and in stages, timm 1.0; `GradientCheckpointingLayer`,
/// transformers 5.23.
struct LibraryBlocks: Sendable {
  /// The ends of the paths of the modules; empty if nothing is known of the network.
  var outer: [String] = []

  /// Those of modules inside of them that are computed again by themselves.
  var inner: [String] = []

  private static let stages = ["stages.*"]
  private static let blocks = ["stages.*.blocks.*"]
  private static let sequences = ["blocks.*.*"]

  /// The ends of the modules' paths, by the file of the network.
  private static let parts: [String: [String]] = {
    var parts: [String: [String]] = [
      "rexnet.py": ["features.*"], "volo.py": ["network.*", "post_network.*"],
      "dpn.py": ["features.*"], "rdnet.py": ["dense_stages.*"],
      "lcnetv2.py": ["stages.*.*"], "cait.py": ["blocks.*"], "xception_aligned.py": ["blocks.*"],
      "hiera.py": ["blocks.*"], "xcit.py": ["blocks.*", "cls_attn_blocks.*"],
      "nest.py": ["levels.*.transformer_encoder.*"],
      "visformer.py": (1...3).map { "stage\($0).*" },
      "resnet.py": (1...4).map { "layer\($0).*" }, "regnet.py": (1...4).map { "s\($0).*" },
    ]
    for file in [
      "byobnet", "cpubone", "csatv2", "cspnext", "davit", "efficientvit_mit", "efficientvit_msra",
      "levit", "lowformer", "metaformer", "nextvit", "nfnet", "repvit", "starnet", "tiny_vit",
      "vitamin",
    ] {
      parts["\(file).py"] = stages
    }
    for file in [
      "convnext", "edgenext", "efficientformer", "efficientformer_v2", "fasternet", "fastvit",
      "gcvit", "hgnet", "inception_next", "iformer", "mambaout", "maxxvit", "mvitv2", "pvt_v2",
      "resnetv2", "shvit", "swiftformer", "vovnet",
    ] {
      parts["\(file).py"] = blocks
    }
    for file in ["efficientnet", "ghostnet", "mobilenetv3", "mobilenetv5", "repghost"] {
      parts["\(file).py"] = sequences
    }
    return parts
  }()

  /// Networks of which both stages and blocks are computed again.
  private static let nested: [String: [String]] = [
    "davit.py": blocks, "metaformer.py": blocks, "nextvit.py": blocks,
  ]

  /// Finds what transformers says by the classes of its layers, and networks of timm by the files that their nodes ran in.
  init(_ body: ExportedBody, files: Set<String>) {
    let layers = Layers(body)
    guard layers.outer.isEmpty else {
      (outer, inner) = (layers.outer.sorted(), layers.inner.sorted())
      return
    }
    // Other libraries' files go by the same names as timm's.
    guard !body.isOfTransformers || files.contains("modeling_timm_wrapper.py") else { return }
    if files.isSuperset(of: ["densenet.py", "norm_act.py"]) {
      // As far as the convolution that what all layers before have made comes into.
      outer = ["features.*.*:conv1"]
      return
    }
    let found = files.sorted().filter { Self.parts[$0] != nil }
    guard found.count == 1 else { return }
    outer = Self.parts[found[0]] ?? []
    inner = Self.nested[found[0]] ?? []
    // A vision transformer has its own blocks computed again and the network before them its own.
    if files.contains("hybrid_embed.py") { outer.append("blocks.*") }
  }

  /// The paths of layers that are computed again, and of those inside of others.
  private struct Layers {
    var outer: Set<String> = []
    var inner: Set<String> = []

    init(_ body: ExportedBody) {
      var last: [String] = []
      for index in body.nodes.indices where body.nodes[index].checkpointedLayers != last {
        last = body.nodes[index].checkpointedLayers
        guard let first = last.first else { continue }
        outer.insert(first)
        inner.formUnion(last.dropFirst())
      }
    }
  }
}
