// "Language Models are Few-Shot Learners", Brown et al., 2020. <https://arxiv.org/abs/2005.14165>

/// The eight sizes of Table 2.1, with GPT-2's layers, a context of 2048 and GPT-2's vocabulary.
///
/// The paper alternates dense and banded sparse attention; here every layer is dense, which changes
/// no parameter. Nothing is dropped while training, since the paper names no dropout.
///
/// Two rows of the table do not add up. The 1.3B model's 24 heads of 128 would need 3072 features of
/// attention and make 1.5B parameters, so it has 16 heads here; the 13B model has 5140 features and
/// 40 heads of 128, that is 5120 features of attention.
extension Architecture {
  static let gpt3s = [
    gpt3("small", "125M", features: 768, depth: 12, heads: 12, headFeatures: 64),
    gpt3("medium", "350M", features: 1024, depth: 24, heads: 16, headFeatures: 64),
    gpt3("large", "760M", features: 1536, depth: 24, heads: 16, headFeatures: 96),
    gpt3("xl", "1.3B", features: 2048, depth: 24, heads: 16, headFeatures: 128),
    gpt3("2.7b", "2.7B", features: 2560, depth: 32, heads: 32, headFeatures: 80),
    gpt3("6.7b", "6.7B", features: 4096, depth: 32, heads: 32, headFeatures: 128),
    gpt3("13b", "13B", features: 5140, depth: 40, heads: 40, headFeatures: 128),
    gpt3("175b", "175B", features: 12288, depth: 96, heads: 96, headFeatures: 128),
  ]

  private static func gpt3(
    _ suffix: String, _ size: String, features: Int, depth: Int, heads: Int, headFeatures: Int
  ) -> Architecture {
    Architecture(
      "gpt3-\(suffix)", "GPT-3 \(size)", family: "GPT-3",
      paper: Paper(
        title: "Language Models are Few-Shot Learners", authors: "Brown et al.", year: 2020,
        url: "https://arxiv.org/abs/2005.14165"),
      input: .tokens(sequence: 2048),
      GPT2(
        configuration: .init(
          features: features, depth: depth, heads: heads, headFeatures: headFeatures,
          context: 2048, dropout: 0)))
  }
}
