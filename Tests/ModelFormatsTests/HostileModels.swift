import ByteFormats
import TestSupport
import Testing

/// A model that is wrong in one way, and a part of what must be said of it.
struct HostileModel: Sendable, CustomTestStringConvertible {
  var name: String
  var expected: String
  var bytes: @Sendable () -> [UInt8]

  init(_ name: String, _ expected: String, _ bytes: @escaping @Sendable () -> [UInt8]) {
    self.name = name
    self.expected = expected
    self.bytes = bytes
  }

  var testDescription: String { name }
  var file: MappedFile { MappedFile(bytes(), path: "/nowhere/\(name).onnx") }

  static let all = tensors + externalData + graphs + functions + types + sizes

  /// A model that adds one stored tensor `w` to its input.
  static func stored(
    _ dataType: Int, _ dimensions: [Int], rest: @escaping ONNXBytes.Write = { _ in }
  ) -> [UInt8] {
    let add = ONNXBytes.node("Add", ["x", "w"], ["y"])
    return ONNXBytes.model(
      graph: ONNXBytes.graph([add]) { graph in
        graph.message(5, ONNXBytes.tensor("w", dataType, dimensions, rest: rest))
      })
  }

  static func of(_ nodes: ONNXBytes.Write...) -> [UInt8] {
    ONNXBytes.model(graph: ONNXBytes.graph(nodes))
  }

  static let relu = ONNXBytes.node("Relu", ["x"], ["y"])
}

// MARK: Tensors

extension HostileModel {
  private static func raw(_ count: Int) -> ONNXBytes.Write {
    { $0.bytes(9, Array(repeating: 0, count: count)) }
  }

  static let tensors = [
    HostileModel("raw data too short", "should hold 16 bytes, found 15") {
      stored(1, [4], rest: raw(15))
    },
    HostileModel("raw data too long", "should hold 16 bytes, found 17") {
      stored(1, [4], rest: raw(17))
    },
    HostileModel("raw data claims two gigabytes", "needs 2147483647 bytes") {
      stored(1, [4]) { $0.bytes(9, [0], claiming: 2_147_483_647) }
    },
    HostileModel("odd count of four-bit integers", "should hold 2 bytes, found 1") {
      stored(22, [3], rest: raw(1))
    },
    HostileModel("fewer packed numbers than elements", "should hold 4 elements") {
      stored(7, [4]) { $0.packed(7, [1, 2, 3]) }
    },
    HostileModel("a packed integer of eleven groups", "an integer of at most ten bytes") {
      stored(7, [2]) { $0.bytes(7, Array(repeating: 0x80, count: 12) + [1]) }
    },
    HostileModel("texts fewer than elements", "should hold 3 texts, found 1") {
      stored(8, [3]) { $0.string(6, "a") }
    },
    HostileModel("a text that claims more than there is", "needs 1000000 bytes") {
      stored(8, [1]) { $0.bytes(6, [0x61], claiming: 1_000_000) }
    },
    HostileModel("negative size", "implausible shape [-4]") { stored(1, [-4], rest: raw(16)) },
    HostileModel("sizes whose product overflows", "implausible shape") {
      stored(1, [1 << 32, 1 << 32], rest: raw(16))
    },
    HostileModel("size of 2⁶³ − 1", "implausible shape") { stored(1, [.max]) },
    HostileModel("a hundred thousand axes", "has more than 64 axes") {
      stored(1, Array(repeating: 1, count: 100_000), rest: raw(4))
    },
    HostileModel("data type zero", "unknown data type 0") { stored(0, [4], rest: raw(16)) },
    HostileModel("negative data type", "unknown data type -5") { stored(-5, [4]) },
    HostileModel("a tensor without a name", "unnamedInitializer") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { graph in
          graph.message(5, ONNXBytes.tensor("", 1, [4], rest: raw(16)))
        })
    },
    HostileModel("an axis count where a tensor should be", "expected a run of bytes") {
      ONNXBytes.model { $0.integer(5, 3) }
    },
    HostileModel("a sparse tensor of absurd size", "implausible shape") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { graph in
          graph.message(15) { sparse in
            sparse.message(1, ONNXBytes.tensor("w", 1, [1], rest: raw(4)))
            sparse.message(2, ONNXBytes.tensor("", 7, [1], rest: raw(8)))
            sparse.packed(3, [1 << 40, 1 << 40])
          }
        })
    },
    HostileModel("a Constant without a value", "badConstant") {
      of(ONNXBytes.node("Constant", [], ["c"]), ONNXBytes.node("Add", ["x", "c"], ["y"]))
    },
  ]
}

// MARK: External data

extension HostileModel {
  private static func external(_ entries: (String, String)...) -> [UInt8] {
    stored(1, [4], rest: ONNXBytes.external(entries))
  }

  static let externalData = [
    HostileModel("a place above the model's folder", "externalDataLocation") {
      external(("location", "../../etc/passwd"))
    },
    HostileModel("a place above the folder, hidden", "externalDataLocation") {
      external(("location", "a/./../../b"))
    },
    HostileModel("no place", "externalDataLocation") { external(("length", "16")) },
    HostileModel("an empty place", "externalDataLocation") { external(("location", "")) },
    HostileModel("control characters in a place", "externalDataMissing at \"a\\u{1B}[31mb\"") {
      external(("location", "a\u{1B}[31mb"))
    },
    HostileModel("an offset beyond 2⁶³", "found \"18446744073709551616\"") {
      external(("location", "w.bin"), ("offset", "18446744073709551616"))
    },
    HostileModel("a negative offset", "found \"-1\"") {
      external(("location", "w.bin"), ("offset", "-1"))
    },
    HostileModel("a length that is no number", "found \"sixteen\"") {
      external(("location", "w.bin"), ("length", "sixteen"))
    },
    HostileModel("offset and length that overflow", "externalDataLength") {
      external(("location", "w.bin"), ("offset", "\(Int.max)"), ("length", "\(Int.max)"))
    },
  ]
}

// MARK: Graphs

extension HostileModel {
  static let graphs = [
    HostileModel("no graph", "it has no graph") { ProtobufWriter.message { $0.integer(1, 8) } },
    HostileModel("an unfinished nested graph", "needs") {
      let body = ONNXBytes.body("then_branch") { $0.bytes(1, [0x0A], claiming: 100) }
      return of(ONNXBytes.node("If", ["x"], ["y"], attributes: [body]))
    },
    HostileModel("an If without branches", "If") { of(ONNXBytes.node("If", ["x"], ["y"])) },
    HostileModel("a graph where an integer should be", "declaredTypeDiffers at y") {
      let axis = ONNXBytes.body("axis", ONNXBytes.graph([relu]))
      return of(ONNXBytes.node("Concat", ["x", "x"], ["y"], attributes: [axis]))
    },
    HostileModel("a node that reads itself", "cycle") {
      of(ONNXBytes.node("Add", ["x", "y"], ["y"]))
    },
    HostileModel("a body that reads its own node", "cycle") {
      let body = ONNXBytes.body("then_branch") { graph in
        graph.message(1, ONNXBytes.node("Relu", ["y"], ["z"]))
        graph.message(12, ONNXBytes.value("z", 1, [1, 4]))
      }
      return of(ONNXBytes.node("If", ["x"], ["y"], attributes: [body]))
    },
    HostileModel("a node that writes an input", "duplicateOutput at x") {
      of(ONNXBytes.node("Relu", ["x"], ["x"]), relu)
    },
    HostileModel("two inputs of one name", "duplicateInput at x") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { $0.message(11, ONNXBytes.value("x", 1, [1, 4])) })
    },
    HostileModel("an output that nobody writes", "danglingName at y") {
      of(ONNXBytes.node("Relu", ["x"], ["z"]))
    },
    HostileModel("names that are no text", "danglingName") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([
          { node in
            node.bytes(1, [0xFF, 0xFE])
            node.bytes(2, [0xC0])
            node.bytes(4, [0x80])
          }
        ]))
    },
    HostileModel("an operator without a name", "opaqueOperator") {
      of(ONNXBytes.node("", ["x"], ["y"]))
    },
    HostileModel("a thousand attributes", "more than 256 attributes") {
      let attributes = (0..<1000).map { ONNXBytes.attribute("a\($0)", integer: 1) }
      return of(ONNXBytes.node("Relu", ["x"], ["y"], attributes: attributes))
    },
    HostileModel("operator set zero", "unknownOperatorSet") {
      ONNXBytes.model(operatorSet: 0, graph: ONNXBytes.graph([relu]))
    },
    HostileModel("operator set −1", "unknownOperatorSet") {
      ONNXBytes.model(operatorSet: -1, graph: ONNXBytes.graph([relu]))
    },
    HostileModel("no operator set", "missingOperatorSet") {
      ONNXBytes.model(operatorSet: nil, graph: ONNXBytes.graph([relu]))
    },
  ]
}

// MARK: Functions

extension HostileModel {
  /// A function `name` of one input `a` and one output `b`.
  private static func function(_ name: String, _ nodes: [ONNXBytes.Write]) -> ONNXBytes.Write {
    { function in
      function.string(1, name)
      function.string(4, "a")
      function.string(5, "b")
      for node in nodes { function.message(7, node) }
      function.message(9) { $0.integer(2, 17) }
      function.string(10, "d")
    }
  }

  private static func call(_ name: String, _ input: String, _ output: String) -> ONNXBytes.Write {
    ONNXBytes.node(name, [input], [output], domain: "d")
  }

  private static func model(_ functions: [ONNXBytes.Write]) -> [UInt8] {
    ONNXBytes.model(functions: functions, graph: ONNXBytes.graph([call("F0", "x", "y")]))
  }

  static let functions = [
    HostileModel("forty functions that call the next twice", "nodes in functions") {
      model(
        (0..<40).map { index in
          function(
            "F\(index)",
            index == 39
              ? [ONNXBytes.node("Relu", ["a"], ["b"])]
              : [call("F\(index + 1)", "a", "c"), call("F\(index + 1)", "c", "b")])
        })
    },
    HostileModel("a thousand functions, each called by the last", "functions that call each other")
    {
      model(
        (0..<1000).map { index in
          function("F\(index)", [call("F\(index + 1)", "a", "b")])
        })
    },
    HostileModel("two functions that call each other", "calls itself") {
      model([function("F0", [call("F1", "a", "b")]), function("F1", [call("F0", "a", "b")])])
    },
    HostileModel("a function that calls itself in a branch", "calls itself") {
      let body = ONNXBytes.body("then_branch") { graph in
        graph.message(1, call("F0", "a", "z"))
        graph.message(12, ONNXBytes.value("z", 1, [1, 4]))
      }
      return model([function("F0", [ONNXBytes.node("If", ["a"], ["b"], attributes: [body])])])
    },
    HostileModel("a function that makes no output", "missingOutput at y") {
      model([function("F0", [ONNXBytes.node("Relu", ["a"], ["c"])])])
    },
    HostileModel("a function that reads a name of its caller", "danglingName at x") {
      model([function("F0", [ONNXBytes.node("Relu", ["x"], ["b"])])])
    },
  ]
}

// MARK: Types and sizes

extension HostileModel {
  private static func input(_ type: @escaping ONNXBytes.Write) -> [UInt8] {
    ONNXBytes.model(
      graph: ONNXBytes.graph([relu]) { graph in
        graph.message(11) { value in
          value.string(1, "z")
          value.message(2, type)
        }
      })
  }

  static let types = [
    HostileModel("an input of 2³¹ by 2³¹ elements", "implausibleShape at z") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { graph in
          graph.message(11, ONNXBytes.value("z", 1, [1 << 31, 1 << 31]))
        })
    },
    HostileModel("sequences of sequences of sequences", "nested deeper than 100") {
      var type = ProtobufWriter.message { $0.message(1) { $0.integer(1, 1) } }
      for _ in 0..<500 {
        let inner = type
        type = ProtobufWriter.message { $0.message(4) { $0.bytes(1, inner) } }
      }
      let outermost = type
      return input { $0.raw(outermost) }
    },
    HostileModel("bodies in bodies in bodies", "nested deeper than 100") {
      var graph = ProtobufWriter.message(ONNXBytes.graph([relu]))
      for _ in 0..<100 {
        let inner = graph
        let body = ONNXBytes.body("body") { $0.raw(inner) }
        graph = ProtobufWriter.message { graph in
          graph.message(1, ONNXBytes.node("If", ["x"], ["y"], attributes: [body]))
        }
      }
      let outermost = graph
      return ONNXBytes.model { $0.raw(outermost) }
    },
  ]

  static let sizes = [
    HostileModel("twenty thousand bad tensors", "more of this kind") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { graph in
          for index in 0..<20_000 {
            graph.message(5, ONNXBytes.tensor("w\(index)", 99, [4]))
          }
        })
    },
    HostileModel("twenty thousand nodes without anything", "nodeWithoutOutput") {
      ONNXBytes.model { graph in
        for _ in 0..<20_000 { graph.bytes(1, []) }
      }
    },
    HostileModel("a list of ten million numbers", "") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([
          ONNXBytes.node(
            "Relu", ["x"], ["y"],
            attributes: [
              { attribute in
                attribute.string(1, "alpha")
                attribute.bytes(8, Array(repeating: 1, count: 10_000_000))
              }
            ])
        ]))
    },
    HostileModel("small integers that grow when read", "") {
      ONNXBytes.model(
        graph: ONNXBytes.graph([relu]) { graph in
          let data = Array(repeating: UInt8(1), count: 65_536)
          for index in 0..<300 {
            graph.message(5, ONNXBytes.tensor("w\(index)", 7, [65_536]) { $0.bytes(7, data) })
          }
        })
    },
  ]
}
