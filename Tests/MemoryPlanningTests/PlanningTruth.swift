import Foundation
import TestSupport

@testable import MemoryPlanning

/// Public graphs and what others proved of them, where this machine has them.
enum PlanningTruth {
  static func folder(_ name: String) -> String? {
    TestFiles.corpus.map { "\($0)/../reference/planners/\(name)" }
  }

  struct OrderGraph: Decodable {
    var name: String
    var size: [Int]
    var preds: [[Int]]

    var problem: OrderProblem { OrderProblem(byteCounts: size, dependencies: preds) }
  }

  struct OrderResult: Decodable {
    var exact: Int
    var proven: Bool
  }

  struct TrainingGraph: Decodable {
    var deps: [[Int]]
    var cost: [Double]
    var mem: [Int]
    var n_fwd: Int
    var fixed_bytes: Int

    var problem: RecomputationProblem {
      RecomputationProblem(
        tasks: deps.indices.map {
          RecomputationTask(byteCount: mem[$0], cost: cost[$0], dependencies: deps[$0])
        }, forwardCount: n_fwd)
    }
  }

  struct Optimum: Decodable {
    var overhead: Double?
    var budget_bytes_per_sample: Int
  }

  static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(try TestFiles.bytes(of: path)))
  }
}

extension RecomputationProblem {
  /// The cost of one forward pass.
  var forwardCost: Double { tasks.prefix(forwardCount).reduce(0) { $0 + $1.cost } }

  /// The most that one task and what it reads take: no schedule can go below.
  var workingSet: Int {
    tasks.map { task in
      task.byteCount + Set(task.dependencies).map { tasks[$0].byteCount }.reduce(0, +)
    }.max() ?? 0
  }
}
