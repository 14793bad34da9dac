import ByteFormats
import ModelGraph

/// What a file says, field by field, each index checked.
struct TFLiteFile {
  var buffers: [Range<Int>] = []
  var operators: [Code] = []
  var subgraphs: [Subgraph] = []
  var metadata = Attributes()

  /// A kind of operator in use.
  struct Code {
    var builtin: Int
    var custom: String
    var version: Int
  }

  struct Subgraph {
    var name: String
    var tensors: [TensorEntry]
    var inputs: [Int]
    var outputs: [Int]
    var nodes: [NodeEntry]
  }

  struct TensorEntry {
    var name: String
    var dataType: DataType?
    var shape: [Int]

    /// The shape with -1 for open sizes; empty if none is open.
    var signature: [Int]
    var buffer: Int
    var isVariable: Bool
    var isSparse: Bool

    /// How many scales the quantisation has; 0 if there is none.
    var scaleCount: Int
  }

  struct NodeEntry {
    var code: Int

    /// Tensors, -1 where one is left out.
    var inputs: [Int]
    var outputs: [Int]
    var attributes: Attributes
  }
}
