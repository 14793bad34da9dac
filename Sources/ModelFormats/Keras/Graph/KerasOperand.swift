import ModelGraph

/// A value that a layer reads or makes, with what is known of it before sizes are chosen.
struct KerasOperand {
  var id: ValueID
  var rank: Int
  var dataType: DataType

  /// The sizes, of stored tensors; empty for anything else.
  var shape: Shape = []
}
