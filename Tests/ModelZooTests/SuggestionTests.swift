import ModelZoo
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("resnet-50", "resnet50"), ("ResNet50", "resnet50"), ("resent50", "resnet50"),
    ("mobilenetv2", "mobilenet_v2"), ("vit-b-16", "vit_b_16"), ("bert", "bert-base"),
    ("gpt3", "gpt3-small"), ("efficientnet-b8", "efficientnet_b0"), ("alexnett", "alexnet"),
  ])
  func `a mistyped name finds its model first`(typed: String, meant: String) {
    #expect(ModelZoo.suggestions(for: typed).first == meant)
  }

  @Test(arguments: ["", "---", "quicksort", String(repeating: "resnet", count: 1000)])
  func `what is like no name finds nothing`(typed: String) {
    #expect(ModelZoo.suggestions(for: typed).isEmpty)
  }
}
