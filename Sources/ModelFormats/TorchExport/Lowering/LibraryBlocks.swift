import ModelGraph

/// Which modules a library has computed again when it is asked to, where that is known.
///
/// timm does so with stages of some networks, with blocks of others, and with layers by themselves, too.
/// Source: `checkpoint_seq` and `checkpoint` in `forward_features` and in stages, timm 1.0.
enum LibraryBlocks {
  private static let stages = ["stages.*"]
  private static let blocks = ["stages.*.blocks.*"]
  private static let sequences = ["blocks.*.*"]

  /// The ends of the modules' paths, by the file of the network.
  private static let parts: [String: [String]] = {
    var parts: [String: [String]] = [
      "rexnet.py": ["features.*"], "dpn.py": ["features.*"], "rdnet.py": ["dense_stages.*"],
      "lcnetv2.py": ["stages.*.*"], "cait.py": ["blocks.*"], "xception_aligned.py": ["blocks.*"],
      "hiera.py": ["blocks.*"], "nest.py": ["levels.*.transformer_encoder.*"],
      "visformer.py": (1...3).map { "stage\($0).*" },
      "resnet.py": (1...4).map { "layer\($0).*" }, "regnet.py": (1...4).map { "s\($0).*" },
    ]
    for file in [
      "byobnet", "cpubone", "csatv2", "cspnext", "davit", "efficientvit_mit", "efficientvit_msra",
      "levit", "lowformer", "metaformer", "nextvit", "nfnet", "repvit", "starnet", "tiny_vit",
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

  /// The ends of the paths of a program's modules; empty if nothing is known of its network.
  ///
  /// Other libraries' files go by the same names.
  static func parts(of body: ExportedBody) -> [String] {
    guard !body.isOfTransformers else { return [] }
    var files = Set<String>()
    for node in body.nodes { files.formUnion(node.frames.map(\.file)) }
    let found = files.sorted().compactMap { parts[$0] }
    return found.count == 1 ? found[0] : []
  }
}
