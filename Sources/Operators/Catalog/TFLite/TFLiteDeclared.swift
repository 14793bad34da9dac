// Operators whose sizes are those the file declares: control flow, variables, what depends on data.

import ModelGraph

extension OperatorDefinition {
  static let tfliteDeclared: [OperatorDefinition] = [
    "ASSIGN_VARIABLE", "BIDIRECTIONAL_SEQUENCE_LSTM",
    "BIDIRECTIONAL_SEQUENCE_RNN", "BITCAST", "CALL", "CALL_ONCE",
    "DILATE", "EMBEDDING_LOOKUP_SPARSE", "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT",
    "HASHTABLE_LOOKUP", "HASHTABLE_SIZE", "IF",
    "LSH_PROJECTION", "NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "READ_VARIABLE",
    "SEGMENT_SUM",
    "SKIP_GRAM", "UNIQUE",
    "UNSORTED_SEGMENT_MAX", "UNSORTED_SEGMENT_MIN", "UNSORTED_SEGMENT_PROD",
    "UNSORTED_SEGMENT_SUM", "VAR_HANDLE", "WHERE", "WHILE",
  ].map { name in
    OperatorDefinition(
      .tflite(name), shape: .declared,
      example: Example(
        OperatorCall(
          [.tensor(.float32, [4, 6])], declaredOutputs: [.tensor(.float32, [2, 3])]),
        [.tensor(.float32, [2, 3])]))
  }
}
