// Operators on text.

import ModelGraph

extension OperatorDefinition {
  static let text: [OperatorDefinition] = [
    stringConcat, stringNormalizer, stringSplit, regexFullMatch, tfIdfVectorizer,
  ]

  public static let stringConcat = OperatorDefinition(
    "StringConcat",
    shape: .broadcast,
    example: Example(
      OperatorCall([.tensor(.string, [2, 1]), .tensor(.string, [3])]),
      [.tensor(.string, [2, 3])]))

  /// Texts without stop words, in one case.
  public static let stringNormalizer = OperatorDefinition(
    "StringNormalizer",
    shape: .stringNormalizer,
    example: Example(
      OperatorCall(
        [.tensor(.string, [2])],
        values: [TensorValue(TensorType(.string, [2]), .strings(["monday", "tuesday"]))],
        attributes: ["stopwords": .strings(["monday"])]),
      [.tensor(.string, [1])]))

  /// The parts of texts between delimiters, and how many each has.
  public static let stringSplit = OperatorDefinition(
    "StringSplit",
    shape: .stringSplit,
    example: Example(
      OperatorCall(
        [.tensor(.string, [2])],
        values: [TensorValue(TensorType(.string, [2]), .strings(["a.b.c", "d"]))],
        attributes: ["delimiter": .string(".")], outputCount: 2),
      [.tensor(.string, [2, 3]), .tensor(.int64, [2])]))

  public static let regexFullMatch = OperatorDefinition(
    "RegexFullMatch",
    shape: .predicate,
    example: Example(OperatorCall([.tensor(.string, [2, 3])]), [.tensor(.bool, [2, 3])]))

  /// The counts of n-grams, or their weights.
  public static let tfIdfVectorizer = OperatorDefinition(
    "TfIdfVectorizer",
    shape: .ngrams,
    work: .perInputElement(1),
    example: Example(
      OperatorCall(
        [.tensor(.int32, [2, 6])], attributes: ["ngram_indexes": .integers([0, 1, 4, 6, 2])]),
      [.tensor(.float32, [2, 7])]))
}
