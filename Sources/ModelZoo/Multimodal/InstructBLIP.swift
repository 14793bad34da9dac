// "InstructBLIP: Towards General-purpose Vision-Language Models with Instruction Tuning", Dai et al.,
// 2023. <https://arxiv.org/abs/2305.06500>

/// BLIP-2 whose queries read what they are asked for.
enum InstructBLIP {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "InstructBlipForConditionalGeneration")
    try c.requireClass(
      name,
      endingIn: ["ForConditionalGeneration", "InstructBlipModel", "InstructBlipVideoModel"])
    let vision = try BLIP2.vision(c)
    let part = try c.part("qformer_config")
    var former = try QueryFormer(
      part, queries: try c.size("num_query_tokens", default: 32), memory: vision.sizes.features)
    former.text = try QueryFormer.TextTables(part)
    former.block.networks.hasTwin = true
    return try BLIP2.answering(c, vision, former, hasHead: !name.hasSuffix("Model"))
  }
}
