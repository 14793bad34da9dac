import ModelGraph
import Testing

@testable import Operators

@Suite struct OperatorDefinitionTests {
  @Test(arguments: OperatorCatalog.standard.all.map(\.name))
  func `the example holds`(name: OperatorName) throws {
    let definition = try #require(OperatorCatalog.standard[name])
    #expect(try definition.shape(definition.example.call) == definition.example.outputs)
  }

  @Test func `no operator is declared twice`() {
    let names = OperatorCatalog.families.flatMap(\.self).map(\.name)
    #expect(names.count == Set(names).count)
  }

  @Test func `gradients read operands that exist`() {
    for definition in OperatorCatalog.standard.all {
      for operand in definition.gradients.flatMap(\.reads) {
        guard case .auxiliary(let index) = operand else { continue }
        #expect(definition.auxiliaries.indices.contains(index), "\(definition.name)")
      }
    }
  }
}
