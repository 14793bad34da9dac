// Operators whose sizes are those the file declares: control flow, variables, what depends on data.

import ModelGraph

extension OperatorDefinition {
  static let tfliteDeclared: [OperatorDefinition] = [
    "ASSIGN_VARIABLE", "BATCH_TO_SPACE_ND", "BIDIRECTIONAL_SEQUENCE_LSTM",
    "BIDIRECTIONAL_SEQUENCE_RNN", "BITCAST", "BROADCAST_ARGS", "CALL", "CALL_ONCE",
    "COMPLEX_ABS", "CONV_3D_TRANSPOSE", "DILATE", "EMBEDDING_LOOKUP_SPARSE", "GATHER_ND",
    "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_LOOKUP", "HASHTABLE_SIZE", "IF",
    "IMAG", "LSH_PROJECTION", "MATRIX_DIAG", "MATRIX_SET_DIAG", "MULTINOMIAL",
    "NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "ONE_HOT", "RANDOM_STANDARD_NORMAL",
    "RANDOM_UNIFORM", "RANGE", "READ_VARIABLE", "REAL", "RFFT2D", "SCATTER_ND", "SEGMENT_SUM",
    "SKIP_GRAM", "SPACE_TO_BATCH_ND", "SPARSE_TO_DENSE", "SPLIT_V", "TOPK_V2", "UNIQUE",
    "UNSORTED_SEGMENT_MAX", "UNSORTED_SEGMENT_MIN", "UNSORTED_SEGMENT_PROD",
    "UNSORTED_SEGMENT_SUM", "VAR_HANDLE", "WHERE", "WHILE",
  ].map { name in
    OperatorDefinition(
      .tflite(name), shape: .tfliteDeclared,
      example: Example(
        OperatorCall(
          [.tensor(.float32, [4, 6])], declaredOutputs: [.tensor(.float32, [2, 3])]),
        [.tensor(.float32, [2, 3])]))
  }
}
