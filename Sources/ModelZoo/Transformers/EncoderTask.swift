/// What stands on top of an encoder, as the end of the class's name in `architectures` says.
enum EncoderTask: Hashable, Sendable {
  /// The stack alone, without its own name before the parameters.
  case none
  case maskedTokens

  /// What the family is trained on first, such as masked tokens and the order of sentences.
  case preTraining
  case nextToken
  case nextSentence
  case sequenceClassification
  case tokenClassification
  case questionAnswering

  /// Question answering that tries several starts and ends.
  case questionAnsweringByBeams
  case multipleChoice

  /// Reads the task from a class's name; `nil` if its end says none that is known.
  init?(className name: String) {
    guard let (_, task) = Self.ends.first(where: { name.hasSuffix($0.end) }) else { return nil }
    self = task
  }

  // The longer of two ends of the same letters comes first.
  private static let ends: [(end: String, task: EncoderTask)] = [
    ("ForMaskedLM", .maskedTokens), ("ForPreTraining", .preTraining),
    ("ForCausalLM", .nextToken), ("LMHeadModel", .nextToken),
    ("ForNextSentencePrediction", .nextSentence),
    ("ForSequenceClassification", .sequenceClassification),
    ("ForTokenClassification", .tokenClassification),
    ("ForQuestionAnsweringSimple", .questionAnswering),
    ("ForQuestionAnswering", .questionAnswering), ("ForMultipleChoice", .multipleChoice),
    ("Model", .none),
  ]
}

extension Configuration {
  /// The task of the first class that is named; the stack alone if there is none.
  var encoderTask: EncoderTask {
    get throws(ConfigurationError) {
      let name = try className(default: "Model")
      return EncoderTask(className: name) ?? .none
    }
  }
}
