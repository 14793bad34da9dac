import ByteFormats

/// What stands on top of a language model, as the class in `architectures` says.
enum HeadKind: Hashable, Sendable {
  /// The stack alone, without its own name before the parameters.
  case none
  case nextToken
  case sequenceClassification(labels: Int)
  case tokenClassification(labels: Int)
  case questionAnswering
}

extension Configuration {
  /// The name of the class; that of the family's decoder where the document names none.
  func className(default standard: String) throws(ConfigurationError) -> String {
    try texts("architectures")?.first ?? standard
  }

  /// Reads the head from the end of the class's name.
  func head(default standard: HeadKind = .nextToken) throws(ConfigurationError) -> HeadKind {
    guard let name = try texts("architectures")?.first else { return standard }
    if name.hasSuffix("ForSequenceClassification") {
      return .sequenceClassification(labels: try labelCount)
    }
    if name.hasSuffix("ForTokenClassification") {
      return .tokenClassification(labels: try labelCount)
    }
    if name.hasSuffix("ForQuestionAnswering") { return .questionAnswering }
    let isHeaded = name.hasSuffix("LMHeadModel") || name.hasSuffix("DoubleHeadsModel")
    return name.hasSuffix("Model") && !isHeaded ? .none : standard
  }

  /// The number of classes: `num_labels`, or as many as `id2label` names, two if nothing says.
  var labelCount: Int {
    get throws(ConfigurationError) {
      if let labels = entry(["id2label"])?.value.members.count, labels > 0 { return labels }
      return try size("num_labels", default: 2)
    }
  }
}
