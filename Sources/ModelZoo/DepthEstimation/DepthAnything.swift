// "Depth Anything: Unleashing the Power of Large-Scale Unlabeled Data", Yang et al., 2024.
// <https://arxiv.org/abs/2401.10891>

import ModelGraph

/// DINOv2 whose tokens of several layers become a map of depths.
enum DepthAnything {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "DepthAnythingForDepthEstimation"),
      endingIn: ["ForDepthEstimation"])
    let part = try c.part(
      "backbone_config",
      or: ["hidden_size": 384, "num_attention_heads": 6, "image_size": 518, "patch_size": 14])
    let backbone = try DINO.backbone(part, depth: 4)
    let sizes = backbone.model.sizes
    let fused = try c.size("fusion_hidden_size", default: 64)
    let narrow = try c.size("head_hidden_size", default: 32)
    let head = Sequential {
      Conv2d(fused, fused / 2, kernel: 3, padding: 1).named("conv1")
      Doubled()
      Conv2d(fused / 2, narrow, kernel: 3, padding: 1).named("conv2")
      Activation.relu()
      Conv2d(narrow, 1, kernel: 1).named("conv3")
      Activation.relu()
    }.named("head")
    let model = DPT(
      backbone: backbone, backboneName: "backbone",
      dense: DensePrediction(
        features: try c.size("reassemble_hidden_size", default: 384),
        stages: try DensePrediction.stages(c, features: [48, 96, 192, 384]), fused: fused),
      head: head)
    guard model.dense.features == sizes.features else {
      throw .contradiction(
        "reassemble_hidden_size is \(model.dense.features), the backbone has \(sizes.features)")
    }
    return Blueprint(network: model, input: sizes.images.input)
  }
}
